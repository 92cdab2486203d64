#include "web/report/custody_extract.hpp"

namespace resus::report {
namespace {

namespace json = boost::json;

json::object parsed(const std::string& details) {
  boost::system::error_code broken;
  auto value = json::parse(details, broken);
  return !broken && value.is_object() ? std::move(value.as_object()) : json::object();
}

/// The names under which lines speak of evidence: depot, permits, a copy on the workbench.
bool names(const json::object& details, std::string_view evidence) {
  for (const char* key : {"evidence", "evidence_id", "id"}) {
    const auto* value = details.if_contains(key);
    if (value != nullptr && value->is_string() && value->as_string() == evidence) return true;
  }
  return false;
}

}  // namespace

hw::Result<CustodyExtract> extract_custody(hw::FileSystem& files, const std::string& log_path,
                                           std::span<const imaging::PublicKey> trusted, std::string_view machine,
                                           std::string_view evidence) {
  CustodyExtract extract;
  RESUS_TRY(const bool there, files.exists(log_path));
  if (!there) {
    extract.report.problem = "there is no custody log beside this evidence";
    return extract;
  }
  bool last_kept = false;  // its own hash stands in the line behind it
  RESUS_TRY(extract.report, imaging::verify_custody(files, log_path, trusted, [&](const imaging::CustodyEntry& entry) {
    if (last_kept) extract.lines.back().line = entry.previous;
    auto details = parsed(entry.event.details);
    const bool about = names(details, evidence);
    last_kept = about || (!machine.empty() && entry.event.machine == machine);
    if (last_kept) extract.lines.push_back({entry, {}, std::move(details), about});
  }));
  if (last_kept) extract.lines.back().line = extract.report.head.line;
  return extract;
}

}  // namespace resus::report
