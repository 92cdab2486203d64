#include "web/depot/retention.hpp"

#include <algorithm>
#include <charconv>

#include "hw/log.hpp"

namespace resus::depot {
namespace {

namespace json = boost::json;
using std::chrono::days;

auto kept(const std::string& why) { return hw::fail(hw::Code::kEvidenceKept, why); }

/// The moment that "2026-11-23T10:58:03.120Z" names, to the day; nothing for another text.
std::optional<std::chrono::sys_days> day_of(std::string_view time) {
  int parts[3] = {};
  constexpr std::size_t kBegins[] = {0, 5, 8}, kSizes[] = {4, 2, 2};
  if (time.size() < 10) return std::nullopt;
  for (std::size_t i = 0; i < 3; ++i) {
    const auto* begin = time.data() + kBegins[i];
    if (std::from_chars(begin, begin + kSizes[i], parts[i]).ptr != begin + kSizes[i]) return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year(parts[0]), std::chrono::month(static_cast<unsigned>(parts[1])),
                                         std::chrono::day(static_cast<unsigned>(parts[2]))};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date);
}

/// Its last day is kept whole.
std::optional<hw::UtcTime> end_of_retention(const imaging::Record& record, std::uint32_t keep_days) {
  const auto day = day_of(record.copied_at);
  if (!day || keep_days == 0) return std::nullopt;
  return hw::UtcTime(*day + days(keep_days + 1));
}

/// Its disk may still be written on the strength of this copy, or is being. An attempt that was cancelled never goes on:
/// the next one copies anew.
bool needs(const MachineRecord& machine, const std::string& id) {
  return machine.evidence.id == id && machine.condition != imaging::Condition::kCancelled && machine.phase != imaging::Phase::kReady && machine.phase != imaging::Phase::kCollected;
}

Result<void> want_reason(const std::string& reason) {
  const bool words = std::ranges::any_of(reason, [](unsigned char c) { return c > ' '; });
  if (words) return hw::success();
  return hw::fail(hw::Code::kBadInput, "this wants a reason; it stands in the custody log");
}

}  // namespace

std::string kept_until(const imaging::Record& record, std::uint32_t keep_days) {
  const auto end = end_of_retention(record, keep_days);
  return end ? hw::to_rfc3339(*end) : std::string();
}

Result<void> check_retention(const imaging::EvidenceInfo& info, std::uint32_t keep_days, const std::string& override_reason, hw::UtcTime now) {
  const auto end = end_of_retention(info.record, keep_days);
  if (end && now < *end) return kept(info.id + " is kept until " + hw::to_rfc3339(*end) + " (" + std::to_string(keep_days) + " days)");
  if (!end && !want_reason(override_reason)) return kept(info.id + " is kept for ever: deleting it all the same wants an override reason of its own");
  return hw::success();
}

Result<json::object> delete_evidence(imaging::Store& store, imaging::CustodyLog& custody, const imaging::SigningKey& key,
                                     const imaging::EvidenceInfo& info, const imaging::Hold& by, const std::string& override_reason) {
  const auto& machine = info.record.context.machine_id;
  RESUS_TRY(const auto holds, store.holds(info.id));
  if (!holds.empty()) return kept(info.id + " is held by " + holds.front().actor + " since " + holds.front().time + ": " + holds.front().reason);
  const json::object order{{"evidence", info.id}, {"override_reason", override_reason}, {"sha256", to_hex(info.record.sha256)}, {"root", to_hex(info.record.root)}};
  RESUS_TRY(custody.append({.actor = by.actor, .machine = machine, .action = "evidence.delete", .reason = by.reason, .details = json::serialize(order)}));
  RESUS_TRY(store.delete_evidence(info.id, by, key));
  json::object result{{"evidence", info.id}, {"freed_frames", 0}, {"freed_bytes", 0}, {"waiting", false}, {"problem", ""}};
  if (const auto reclaimed = store.reclaim()) {
    result["freed_frames"] = reclaimed.value().frames;
    result["freed_bytes"] = reclaimed.value().bytes;
    result["waiting"] = reclaimed.value().waiting;
  } else {
    result["waiting"] = true;
    result["problem"] = reclaimed.error().to_string();  // it is deleted; its space is tried again
  }
  RESUS_TRY(custody.append({.actor = by.actor, .machine = machine, .action = "evidence.deleted", .reason = {}, .details = json::serialize(result)}));
  return result;
}

json::array holds_array(const std::vector<imaging::Hold>& holds) {
  json::array list;
  for (const auto& hold : holds) list.push_back(json::object{{"actor", hold.actor}, {"reason", hold.reason}, {"time", hold.time}});
  return list;
}

json::object deleted_object(const imaging::DeletedEvidence& deleted) {
  const auto& record = deleted.record;
  return {{"id", deleted.id}, {"machine_id", record.context.machine_id}, {"deleted_at", deleted.by.time}, {"actor", deleted.by.actor},
          {"reason", deleted.by.reason}, {"freed", deleted.freed}, {"disk_bytes", record.disk_bytes}, {"sha256", to_hex(record.sha256)}};
}

Result<void> Retention::note(const std::string& actor, const char* action, const std::string& reason, const imaging::EvidenceInfo& info) const {
  RESUS_TRY(s_.custody.append({.actor = actor, .machine = info.record.context.machine_id, .action = action, .reason = reason,
                               .details = json::serialize(json::object{{"evidence", info.id}})}));
  return hw::success();
}

Result<void> Retention::hold(const std::string& id, const std::string& reason, const std::string& actor) {
  RESUS_TRY(want_reason(reason));
  RESUS_TRY(const auto info, s_.store.find_evidence(id));
  RESUS_TRY(note(actor, "evidence.hold", reason, info));
  return s_.store.hold_evidence(id, {.actor = actor, .reason = reason, .time = hw::to_rfc3339(s_.clock.now())}, s_.key);
}

Result<void> Retention::lift(const std::string& id, const std::string& reason, const std::string& actor) {
  RESUS_TRY(want_reason(reason));
  RESUS_TRY(const auto info, s_.store.find_evidence(id));
  RESUS_TRY(const auto holds, s_.store.holds(id));
  if (holds.empty()) return hw::fail(hw::Code::kConflict, id + " is not held");
  RESUS_TRY(note(actor, "evidence.unhold", reason, info));
  return s_.store.lift_holds(id, {.actor = actor, .reason = reason, .time = hw::to_rfc3339(s_.clock.now())}, s_.key);
}

Result<imaging::EvidenceInfo> Retention::may_go(const Order& order) const {
  RESUS_TRY(want_reason(order.reason));
  RESUS_TRY(const auto info, s_.store.find_evidence(order.id));
  RESUS_TRY(const auto holds, s_.store.holds(info.id));
  if (!holds.empty()) return kept(info.id + " is held by " + holds.front().actor + " since " + holds.front().time + ": " + holds.front().reason);
  for (const auto& machine : s_.machines.all()) {
    if (needs(machine, info.id)) return kept("the recovery of " + machine.id + " rests on " + info.id + " until the machine is ready");
  }
  RESUS_TRY(check_retention(info, s_.days, order.override_reason, s_.clock.now()));
  for (const auto& job : s_.jobs.list()) {
    const bool reads = job.what.subject == info.id && job.what.kind == "evidence.export" && job.state == JobState::kRunning;
    if (reads) return hw::fail(hw::Code::kConflict, info.id + " is being exported (" + job.id + ")");
  }
  return info;
}

Result<Job> Retention::remove(const Order& order, const std::string& actor) {
  RESUS_TRY(may_go(order));
  return s_.jobs.start({.kind = "evidence.delete", .subject = order.id, .actor = actor}, [this, order, actor](const JobControl&) -> Result<json::object> {
    RESUS_TRY(const auto info, may_go(order));
    const imaging::Hold by{.actor = actor, .reason = order.reason, .time = hw::to_rfc3339(s_.clock.now())};
    return delete_evidence(s_.store, s_.custody, s_.key, info, by, order.override_reason);
  });
}

void Retention::reclaim_if_due() {
  const auto deleted = s_.store.deleted_evidence();
  if (std::ranges::all_of(deleted, &imaging::DeletedEvidence::freed) || reclaiming_.exchange(true)) return;
  const auto reclaimed = s_.store.reclaim();
  if (!reclaimed) {
    hw::log(hw::LogLevel::kWarning, "depot", "space of deleted evidence: " + reclaimed.error().to_string());
  } else if (reclaimed.value().frames > 0) {
    const json::object details{{"freed_frames", reclaimed.value().frames}, {"freed_bytes", reclaimed.value().bytes}};
    const auto noted = s_.custody.append({.actor = "depot", .machine = {}, .action = "evidence.freed", .reason = {}, .details = json::serialize(details)});
    if (!noted) hw::log(hw::LogLevel::kError, "depot", noted.error().to_string());
  }
  reclaiming_ = false;
}

json::object Retention::facts(const imaging::EvidenceInfo& info) const {
  const auto holds = s_.store.holds(info.id);
  return {{"holds", holds ? holds_array(holds.value()) : json::array()}, {"kept_until", kept_until(info.record, s_.days)}};
}

}  // namespace resus::depot
