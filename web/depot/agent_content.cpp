// What an agent fetches: golden images, the plan of a deployment, backups.
#include "imaging/wire.hpp"
#include "web/depot/agent_api.hpp"
#include "web/depot/agent_call.hpp"

namespace resus::depot {

using transport::Response;

Result<std::shared_ptr<imaging::ImageSource>> AgentApi::image_of(const Call& call, const MachineRecord& machine) {
  if (!machine.agent.approved || call.args[0] != machine.image_id) {
    return hw::fail(hw::Code::kNotApproved, "this machine is not approved for image " + call.args[0]);
  }
  const std::lock_guard lock(mutex_);
  auto& source = images_[machine.image_id];
  if (!source) {
    auto opened = s_.store.open_image(machine.image_id);
    if (!opened) {
      images_.erase(machine.image_id);
      return hw::failure(opened.error());
    }
    source = std::move(opened).value();
  }
  return source;
}

Result<Response> AgentApi::image_manifest(const Call& call, const MachineRecord& machine) {
  RESUS_TRY(const auto source, image_of(call, machine));
  RESUS_TRY(auto envelope, source->manifest_envelope());
  return json_reply(std::move(envelope));
}

Result<Response> AgentApi::image_nodes(const Call& call, const MachineRecord& machine) {
  RESUS_TRY(const auto source, image_of(call, machine));
  RESUS_TRY(const auto nodes, source->node_table());
  std::string body;
  body.reserve(nodes.size() * sizeof(imaging::Digest));
  for (const auto& node : nodes) body.append(reinterpret_cast<const char*>(node.bytes.data()), node.bytes.size());
  return binary_reply(std::move(body));
}

Result<Response> AgentApi::image_segments(const Call& call, const MachineRecord& machine) {
  constexpr std::uint64_t kMostAtOnce = 16;
  constexpr std::uint64_t kNone = UINT64_MAX;
  RESUS_TRY(const auto source, image_of(call, machine));
  const std::string_view range = call.args[1];
  const auto dash = range.find('-');
  const auto first = number_or(range.substr(0, dash), kNone);
  const auto last = dash == std::string_view::npos ? first : number_or(range.substr(dash + 1), kNone);
  if (first == kNone || last == kNone || last < first || last - first >= kMostAtOnce) {
    return hw::fail(hw::Code::kBadInput, "segments: one number, or k-l with at most 16 segments");
  }
  std::string body;
  for (auto k = first; k <= last; ++k) {
    RESUS_TRY(const auto segment, source->fetch(k));
    const auto bytes = imaging::encode_segment(segment);
    if (dash == std::string_view::npos) return binary_reply(bytes);
    const auto size = static_cast<std::uint32_t>(bytes.size());
    for (int shift = 0; shift < 32; shift += 8) body.push_back(static_cast<char>(size >> shift & 0xff));
    body += bytes;
  }
  return binary_reply(std::move(body));
}

Result<Response> AgentApi::deploy_plan(const Call& call, const MachineRecord& machine) {
  RESUS_TRY(check_attempt(call, machine));
  if (machine.evidence.id.empty()) return hw::fail(hw::Code::kEvidenceIncomplete, "the copy is not verified yet");
  RESUS_TRY(const auto plan, s_.store.deploy_plan(machine.evidence.id, machine.image_id));
  return binary_reply(plan.encode());
}

Result<BackupInfo> AgentApi::backup_of(const Call& call, const MachineRecord& machine) const {
  RESUS_TRY(auto backup, s_.backups.find(call.args[0]));
  const bool granted = backup.id == machine.backup_id || (!backup.part_of.empty() && backup.part_of == machine.backup_id);
  if (granted) return backup;
  return hw::fail(hw::Code::kNotApproved, "this backup is not the machine's");
}

Result<Response> AgentApi::backup_archive(const Call& call, const MachineRecord& machine) {
  RESUS_TRY(const auto backup, backup_of(call, machine));
  return transport::file_response(call.request, "application/octet-stream", s_.backups.archive_path(backup.id), backup.bytes);
}

Result<Response> AgentApi::backup_manifest(const Call& call, const MachineRecord& machine) {
  RESUS_TRY(const auto backup, backup_of(call, machine));
  RESUS_TRY(const auto file, s_.backups.manifest_file(backup.id));
  auto response = transport::file_response(call.request, "application/json", file.path, file.bytes);
  response.headers.add("Cache-Control", "no-store");
  return response;
}

}  // namespace resus::depot
