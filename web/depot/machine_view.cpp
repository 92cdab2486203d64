#include "web/depot/machine_view.hpp"

#include <algorithm>
#include <cmath>

#include "hw/clock.hpp"
#include "imaging/block.hpp"
#include "web/depot/machine_rules.hpp"
#include "web/messages/acquisition.hpp"
#include "web/messages/identity_json.hpp"

namespace resus::depot {
namespace {

namespace json = boost::json;
using imaging::Condition;
using imaging::Phase;

constexpr std::array<std::string_view, 6> kStages = {"find", "copy", "check", "install", "restore", "test"};

/// How many stages are behind a machine in this phase.
std::size_t stages_done(Phase phase) {
  switch (phase) {
    case Phase::kDiscovered: return 0;
    case Phase::kAwaitingApproval:
    case Phase::kQueued:
    case Phase::kCopying: return 1;
    case Phase::kVerifyingCopy: return 2;
    case Phase::kImaging: return 3;
    case Phase::kRestoring: return 4;
    case Phase::kVerifyingInstall: return 5;
    default: return 6;
  }
}

json::object stages_object(const MachineRecord& r) {
  const auto done = stages_done(r.phase);
  const bool waiting = r.phase == Phase::kAwaitingApproval || r.phase == Phase::kQueued;
  json::object stages;
  for (std::size_t i = 0; i < kStages.size(); ++i) {
    std::string_view word = i < done ? "done" : "todo";
    if (i == done && !waiting) word = r.condition == Condition::kFailed ? "failed" : "active";
    stages[kStages[i]] = word;
  }
  return stages;
}

/// A report of a stage the machine has left behind.
bool is_past(std::string_view stage, Phase phase) {
  for (const auto timed : timed_phases()) {
    if (stage_word(timed) == stage) return timed < phase;
  }
  return false;
}

std::string_view contact_word(const MachineRecord& r, const LiveFacts& live) {
  constexpr std::array<std::string_view, 3> kWords = {"live", "quiet", "lost"};
  return kWords[static_cast<std::size_t>(contact_of(r.last_contact_ms, live.now_ms))];
}

json::value progress_value(const MachineRecord& r, const LiveFacts& live) {
  const auto p = current_progress(r, live.progress);
  if (p.total == 0 && !live.prospect.left) return nullptr;
  auto fields = eta_fields(live.prospect.left);
  fields["stage"] = p.stage;
  fields["done"] = p.done;
  fields["total"] = p.total;
  fields["bps"] = p.bps;
  return fields;
}

json::value queue_value(const LiveFacts& live) {
  if (live.queue_place == 0) return nullptr;
  const auto at = [&](double seconds) { return time_value(live.now_ms + static_cast<std::int64_t>(seconds * 1000)); };
  const auto& starts = live.prospect.starts;
  return json::object{{"place", live.queue_place}, {"at_once", live.at_once},
                      {"starts_lo", starts ? at(starts->lo) : nullptr}, {"starts_hi", starts ? at(starts->hi) : nullptr}};
}

json::array stage_times_array(const MachineRecord& r) {
  json::array array;
  for (const auto& time : r.times) {
    array.emplace_back(json::object{{"stage", stage_word(time.phase)}, {"seconds", static_cast<double>(time.worked_ms) / 1000},
                                    {"since", time_value(time.since_ms)}, {"finished", time.finished}});
  }
  return array;
}

std::string_view task_word_of(messages::TaskKind kind) { return messages::to_string(kind); }

messages::TaskKind kind_of(const MachineRecord& r) {
  using messages::TaskKind;
  if (r.released) return TaskKind::kReboot;
  if (r.condition == Condition::kCancelled) return TaskKind::kStop;
  if (!may_go_on(r)) return TaskKind::kWait;
  switch (r.phase) {
    case Phase::kCopying: return TaskKind::kAcquire;
    case Phase::kImaging: return TaskKind::kDeploy;
    case Phase::kRestoring: return TaskKind::kRestore;
    case Phase::kVerifyingInstall:
    case Phase::kReady:
    case Phase::kCollected: return TaskKind::kReboot;
    default: return TaskKind::kWait;
  }
}

/// Names an answer by its content, so that it survives a restart of the depot.
std::string name_of(const messages::Task& task, const MachineRecord& r) {
  auto copy = task;
  copy.task_id.clear();
  const auto text = messages::encode(copy) + std::to_string(r.round) + (r.unscanned_accepted ? " unscanned" : "");
  return imaging::to_hex(imaging::block_id(std::as_bytes(std::span(text)))).substr(0, 16);
}

json::value text_or_null(const std::string& text) {
  if (text.empty()) return nullptr;
  return json::string(text);
}

}  // namespace

messages::Progress current_progress(const MachineRecord& r, const std::optional<messages::Progress>& reported) {
  if (reported && reported->attempt == r.attempt && !is_past(reported->stage, r.phase)) return *reported;
  return {.attempt = r.attempt, .stage = std::string(stage_word(r.phase))};
}

json::object eta_fields(const std::optional<TimeLeft>& left) {
  if (!left) return {{"eta_lo", nullptr}, {"eta_hi", nullptr}, {"basis", nullptr}};
  const auto whole = [](double seconds) { return static_cast<std::int64_t>(std::llround(seconds)); };
  return {{"eta_lo", whole(left->seconds.lo)}, {"eta_hi", whole(left->seconds.hi)}, {"basis", left->basis}};
}

json::value time_value(std::int64_t t_ms) {
  if (t_ms == 0) return nullptr;
  return json::string(hw::to_rfc3339(hw::UtcTime(std::chrono::milliseconds(t_ms))));
}

bool may_go_on(const MachineRecord& r) {
  if (!r.agent.approved) return false;
  if (r.condition == Condition::kOk || r.condition == Condition::kInterrupted) return true;
  return waits_for_room(r);  // waits inside its task: the same bytes are offered again
}

std::string sentence_of(const MachineRecord& r, const LiveFacts& live) {
  if (r.condition == Condition::kHeld) return "Held. " + std::string(row(r.phase).disk_changed ? "" : "Disk not changed.");
  if (r.condition == Condition::kCancelled) return "Cancelled. The evidence stays at the depot.";
  if (r.released && r.phase < Phase::kReady) return "Released without recovery: it boots its own disk.";
  if (r.condition != Condition::kOk) return r.detail.empty() ? std::string(row(r.phase).sentence) : r.detail;
  if (r.phase == Phase::kQueued && live.queue_place > 0) {
    const auto places = std::to_string(live.at_once);
    return "Waiting: place " + std::to_string(live.queue_place) +
           (live.at_once == 1 ? " (another machine is at work)" : " (the depot serves " + places + " machines at once)") +
           ". Disk not changed.";
  }
  return std::string(row(r.phase).sentence);
}

std::string next_action_of(const MachineRecord& r) {
  if (!r.pending.agent.key.empty()) return "Go to the machine, compare the code on its screen, then approve again.";
  if (r.condition == Condition::kHeld) return "Resume when it may go on.";
  const bool gaps = r.condition == Condition::kNeedsYou && r.code == hw::info(hw::Code::kRead).id && r.phase >= Phase::kImaging;
  if (gaps && r.evidence.unreadable_bytes > 0 && !r.gaps_accepted) return "Accept the gaps, or hold for an analyst.";
  if (const auto* known = hw::find_code(r.code)) return std::string(known->next_action);
  if (r.phase == Phase::kAwaitingApproval) return "Compare the code on its screen, then approve.";
  if (r.phase == Phase::kReady) return "Bring it back to its place.";
  return {};
}

std::vector<std::string> actions_of(const MachineRecord& r) {
  std::vector<std::string> actions;
  const bool pending = !r.pending.agent.key.empty();
  if (r.phase == Phase::kAwaitingApproval || pending) actions.emplace_back("approve");
  if (r.phase == Phase::kReady) return {"collect", "retry"};
  if (r.phase == Phase::kCollected) return {"retry"};
  if (r.evidence.unreadable_bytes > 0 && !r.gaps_accepted) actions.emplace_back("accept_gaps");
  if (waits_for_disk(r)) actions.emplace_back("accept_disk");
  if (waits_for_scan(r)) actions.emplace_back("accept_unscanned");
  if (r.condition == Condition::kHeld) actions.emplace_back("resume");
  else if (r.condition != Condition::kCancelled) actions.emplace_back("hold");
  if (r.condition != Condition::kOk && r.phase >= Phase::kQueued && !pending) actions.emplace_back("retry");
  if (r.condition != Condition::kCancelled) actions.emplace_back("cancel");
  if (!r.released) actions.emplace_back("release");
  actions.emplace_back("locate");
  return actions;
}

messages::Task task_of(const MachineRecord& r, const LiveFacts& live, std::string_view agent_key) {
  messages::Task task;
  task.attempt = r.attempt;
  task.phase = to_string(r.phase);
  task.condition = to_string(r.condition);
  task.code = r.code;
  const bool current = r.agent.key == agent_key;
  task.task = current ? kind_of(r) : messages::TaskKind::kWait;
  task.sentence = sentence_of(r, live);
  task.slot = r.slot;
  task.locate = r.locate_until_ms > live.now_ms;
  if (current && r.agent.approved) {
    task.disk = {.path = r.disk.path, .serial = r.disk.serial, .size_bytes = r.disk.size_bytes};
    task.image_id = r.image_id;
    task.evidence_id = r.evidence.id;
    task.evidence_root = r.evidence.root;
  }
  task.task_id = name_of(task, r);
  return task;
}

json::object machine_object(const MachineRecord& r, const LiveFacts& live) {
  json::object params;
  for (const auto& [key, value] : r.params) params[key] = value;
  json::array actions;
  for (const auto& action : actions_of(r)) actions.emplace_back(action);
  const auto& smbios = r.identity.smbios;
  auto disk = r.disk;
  if (const auto candidates = candidate_disks(r.disks); disk.serial.empty() && candidates.size() == 1) {
    disk = {candidates[0].path, candidates[0].serial, candidates[0].model, candidates[0].size_bytes};
  }
  return {{"id", r.id}, {"rev", r.rev}, {"seq", r.seq}, {"attempt", r.attempt}, {"slot", r.slot},
          {"host", r.hostname}, {"model", smbios.manufacturer + (smbios.manufacturer.empty() ? "" : " ") + smbios.product},
          {"serial", smbios.serial}, {"phase", to_string(r.phase)}, {"condition", to_string(r.condition)},
          {"contact", contact_word(r, live)}, {"last_contact", time_value(r.last_contact_ms)},
          {"code", text_or_null(r.code)}, {"params", params}, {"sentence", sentence_of(r, live)},
          {"next_action", next_action_of(r)}, {"actions", actions}, {"short_code", text_or_null(live.short_code)},
          {"disk", json::object{{"serial", disk.serial}, {"model", disk.model}, {"size_bytes", disk.size_bytes}}},
          {"mac", first_mac(r.identity)}, {"firmware", r.identity.firmware}, {"address", live.address},
          {"status_url", r.agent.status_url}, {"released", r.released},
          {"progress", progress_value(r, live)}, {"queue", queue_value(live)}, {"stages", stages_object(r)},
          {"task", task_word_of(kind_of(r))},
          {"evidence_id", text_or_null(r.evidence.id)}, {"verified_at", time_value(r.evidence.verified_at_ms)},
          {"image_id", r.image_id}, {"image_name", r.image_name}, {"backup_id", r.backup_id},
          {"started_at", time_value(r.started_at_ms)}, {"finished_at", time_value(r.finished_at_ms)}};
}

void add_details(json::object& object, const MachineRecord& r) {
  json::array disks;
  for (const auto& disk : r.disks) disks.emplace_back(messages::disk_object(disk));
  object["disks"] = std::move(disks);
  object["identity"] = messages::machine_object(r.identity);
  const auto& e = r.evidence;
  object["evidence"] = e.id.empty() ? json::value(nullptr)
                                    : json::value(json::object{{"id", e.id}, {"root", e.root}, {"sha256", e.sha256},
                                                               {"bytes_read", e.bytes_read}, {"bytes_added", e.bytes_added},
                                                               {"bytes_known", e.bytes_known}, {"unreadable", e.unreadable_bytes},
                                                               {"seconds", e.seconds}, {"busy", messages::times_object(e.busy)}});
  json::error_code ignored;  // reports were parsed when they came in
  object["stats"] = json::object{{"stages", stage_times_array(r)}, {"deployed", json::parse(r.deployed_json, ignored)},
                                 {"restored", json::parse(r.restored_json, ignored)}};
}

}  // namespace resus::depot
