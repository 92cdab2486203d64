#include "web/transport/problem.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

namespace resus::transport {

unsigned status_of(hw::Code code) {
  using hw::Code;
  switch (code) {
    case Code::kBadInput:
    case Code::kUsage:
    case Code::kProtocol: return 400;
    case Code::kUnauthorized: return 401;
    case Code::kNotApproved: return 403;
    case Code::kNotFound: return 404;
    case Code::kConflict:
    case Code::kIdentity:
    case Code::kManyDisks:
    case Code::kDiskChanged:
    case Code::kEvidenceIncomplete:
    case Code::kEvidenceKept:
    case Code::kScanMissing:
    case Code::kScanWeaker:
    case Code::kDiskQuestion:
    case Code::kCancelled: return 409;
    case Code::kEvidenceDamaged:
    case Code::kImageTooLarge:
    case Code::kImageSignature:
    case Code::kImageTruncated:
    case Code::kArchive:
    case Code::kArchiveHostile:
    case Code::kArchiveLimit:
    case Code::kScanRules: return 422;
    case Code::kSpace: return 507;
    case Code::kNetwork: return 503;
    default: return 500;
  }
}

Response problem(hw::Code code, std::string_view detail, unsigned status) {
  const auto& row = hw::info(code);
  if (status == 0) status = status_of(code);
  const boost::json::value body = {
      {"type", "/help/" + std::string(row.id)}, {"title", row.what_happened},
      {"status", status},                       {"code", row.id},
      {"detail", detail},                       {"safe", row.what_is_safe},
      {"next_action", row.next_action}};
  auto response = text_response(status, "application/problem+json", boost::json::serialize(body));
  if (code == hw::Code::kSpace || status == 503) response.headers.add("Retry-After", "10");
  return response;
}

Response problem(const hw::Error& error) {
  const bool ours = status_of(error.code) == 500;
  return problem(error.code, ours ? "see the depot's log" : error.context);
}

}  // namespace resus::transport
