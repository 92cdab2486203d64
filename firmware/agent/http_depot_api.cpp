#include "firmware/agent/http_depot_api.hpp"

#include "imaging/wire.hpp"
#include "web/messages/problem.hpp"

namespace resus::agent {

namespace {

constexpr std::string_view kPrefix = "/agent/v1";
constexpr std::string_view kBinary = "application/octet-stream";
/// One line of a backup manifest takes some 300 bytes, in base64 a third more: enough for a million files.
constexpr std::uint64_t kMaxManifestBytes = std::uint64_t{512} << 20;
constexpr std::uint64_t kMaxDeployPlanBytes = std::uint64_t{64} << 20;
constexpr std::chrono::seconds kDeadline{30};

std::string number(std::uint64_t value) { return std::to_string(value); }

template <class Message>
Result<Message> decoded(Result<std::string> body) {
  RESUS_TRY(auto text, std::move(body));
  return messages::decode<Message>(text);
}

Result<void> accepted(const Result<std::string>& answer) {
  RESUS_TRY(answer);
  return hw::success();
}

hw::Error refusal(const transport::ClientAnswer& answer, const std::string& path) {
  return messages::error_from_problem(static_cast<int>(answer.status), answer.body).within(path);
}

}  // namespace

Result<std::string> HttpDepotApi::get(const std::string& path, std::uint64_t max_bytes, std::chrono::seconds wait) {
  transport::ClientRequest request{.target = std::string(kPrefix) + path};
  request.deadline = kDeadline + wait;
  request.max_answer_bytes = max_bytes;
  RESUS_TRY(auto answer, pool_.call(request));
  if (!answer.ok()) return hw::failure(refusal(answer, path));
  return std::move(answer.body);
}

Result<std::string> HttpDepotApi::post(const std::string& path, std::string_view body, std::string_view content_type) {
  transport::ClientRequest request{.method = "POST", .target = std::string(kPrefix) + path};
  request.content_type = content_type;
  request.body = body;
  request.deadline = kDeadline;
  RESUS_TRY(auto answer, pool_.call(request));
  if (!answer.ok()) return hw::failure(refusal(answer, path));
  return std::move(answer.body);
}

Result<messages::EnrolReply> HttpDepotApi::enrol(const messages::EnrolRequest& request) {
  return decoded<messages::EnrolReply>(post("/enrol", encode(request)));
}

Result<messages::Task> HttpDepotApi::task(const std::string& seen, std::chrono::seconds wait) {
  const auto path = "/task?wait=" + number(static_cast<std::uint64_t>(wait.count())) + "&seen=" + seen;
  return decoded<messages::Task>(get(path, messages::kMaxMessageBytes, wait));
}

Result<messages::ProgressReply> HttpDepotApi::progress(const messages::Progress& progress) {
  return decoded<messages::ProgressReply>(post("/progress", encode(progress)));
}

Result<void> HttpDepotApi::log(const messages::LogBatch& batch) { return accepted(post("/log", encode(batch))); }

Result<void> HttpDepotApi::trouble(const messages::Trouble& trouble) {
  return accepted(post("/trouble", encode(trouble)));
}

Result<messages::AcquisitionBegun> HttpDepotApi::begin_acquisition(const messages::BeginAcquisition& request) {
  return decoded<messages::AcquisitionBegun>(post("/acquisitions", encode(request)));
}

Result<std::vector<imaging::Wanted>> HttpDepotApi::offer(const std::string& acquisition_id,
                                                         std::span<const imaging::SegmentOffer> offers) {
  RESUS_TRY(auto body, post("/acquisitions/" + acquisition_id + "/offers", imaging::encode_offers(offers), kBinary));
  RESUS_TRY(auto wanted, imaging::decode_wanted(body));
  bool fits = wanted.size() == offers.size();
  for (std::size_t i = 0; fits && i < wanted.size(); ++i) {
    fits = wanted[i].segment == offers[i].segment && wanted[i].deliver.size() == offers[i].ids.size();
  }
  if (!fits) return hw::fail(hw::Code::kProtocol, "the depot's answer does not fit what was offered");
  return wanted;
}

Result<void> HttpDepotApi::deliver(const std::string& acquisition_id, const imaging::Frame& frame) {
  return accepted(post("/acquisitions/" + acquisition_id + "/frames", imaging::encode_frame(frame), kBinary));
}

Result<messages::AcquisitionStatus> HttpDepotApi::finish(const std::string& acquisition_id,
                                                         const messages::FinishAcquisition& request) {
  return decoded<messages::AcquisitionStatus>(post("/acquisitions/" + acquisition_id + "/finish", encode(request)));
}

Result<messages::AcquisitionStatus> HttpDepotApi::acquisition(const std::string& acquisition_id,
                                                              std::chrono::seconds wait) {
  const auto path = "/acquisitions/" + acquisition_id + "?wait=" + number(static_cast<std::uint64_t>(wait.count()));
  return decoded<messages::AcquisitionStatus>(get(path, messages::kMaxMessageBytes, wait));
}

Result<messages::KeyHandovers> HttpDepotApi::key_handovers() { return decoded<messages::KeyHandovers>(get("/keys", messages::kMaxMessageBytes)); }

Result<std::string> HttpDepotApi::permit(std::uint32_t attempt) {
  return get("/permit?attempt=" + number(attempt), messages::kMaxMessageBytes);
}

Result<std::string> HttpDepotApi::image_manifest(const std::string& image_id) {
  return get("/images/" + image_id + "/manifest", messages::kMaxMessageBytes);
}

Result<std::vector<imaging::Digest>> HttpDepotApi::image_nodes(const std::string& image_id, std::uint64_t segments) {
  constexpr std::size_t kNodeBytes = sizeof(imaging::Digest::bytes);
  RESUS_TRY(const auto body, get("/images/" + image_id + "/nodes", segments * kNodeBytes));
  if (body.size() != segments * kNodeBytes) {
    return hw::fail(hw::Code::kImageTruncated, "the node table has " + number(body.size()) + " bytes");
  }
  std::vector<imaging::Digest> nodes(segments);
  for (std::size_t i = 0; i < nodes.size(); ++i) body.copy(reinterpret_cast<char*>(nodes[i].bytes.data()), kNodeBytes, i * kNodeBytes);
  return nodes;
}

Result<imaging::GoldenSegment> HttpDepotApi::image_segment(const std::string& image_id, std::uint64_t segment) {
  RESUS_TRY(const auto body, get("/images/" + image_id + "/segments/" + number(segment), imaging::kMaxFrameMessageBytes));
  return imaging::decode_segment(segment, body);
}

Result<imaging::DeployPlan> HttpDepotApi::deploy_plan(std::uint32_t attempt) {
  RESUS_TRY(const auto body, get("/deploy-plan?attempt=" + number(attempt), kMaxDeployPlanBytes));
  return imaging::DeployPlan::decode(body);
}

Result<void> HttpDepotApi::deployed(const messages::Deployed& report) {
  return accepted(post("/deployed", encode(report)));
}

Result<messages::RestorePlan> HttpDepotApi::restore_plan(std::uint32_t attempt) {
  return decoded<messages::RestorePlan>(get("/restore?attempt=" + number(attempt), messages::kMaxMessageBytes));
}

Result<std::string> HttpDepotApi::backup_manifest(const std::string& backup_id) {
  return get("/backups/" + backup_id + "/manifest", kMaxManifestBytes);
}

Result<void> HttpDepotApi::backup_archive(const std::string& backup_id, std::uint64_t offset_bytes, const Sink& sink) {
  const std::string path = "/backups/" + backup_id + "/archive";
  transport::ClientRequest request{.target = std::string(kPrefix) + path};
  if (offset_bytes > 0) request.range = "bytes=" + number(offset_bytes) + "-";
  request.deadline = kDeadline;
  request.max_answer_bytes = UINT64_MAX;
  RESUS_TRY(auto answer, pool_.download(request, sink));
  if (!answer.ok()) return hw::failure(refusal(answer, path));
  if (offset_bytes > 0 && answer.status != 206) return hw::fail(hw::Code::kProtocol, path + ": the range was not obeyed");
  return hw::success();
}

Result<void> HttpDepotApi::restored(const messages::Restored& report) {
  return accepted(post("/restored", encode(report)));
}

}  // namespace resus::agent
