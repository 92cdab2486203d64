// Machines nobody has approved: how many there are, when they are forgotten, what they may write.
#include <algorithm>

#include "hw/log.hpp"
#include "web/depot/machine_rules.hpp"
#include "web/depot/machines.hpp"

namespace resus::depot {
namespace {

namespace json = boost::json;

/// The line tells of the approved machine itself, not of somebody who would like to be one.
bool concerns_approved(const MachineRecord& before, const MachineRecord& after) {
  if (!after.agent.approved) return false;
  return before.agent.key != after.agent.key || before.condition != after.condition || before.code != after.code;
}

}  // namespace

bool Machines::may_write_line(const Actor& actor, const MachineRecord& before, const MachineRecord& after) {
  return !actor.stranger || concerns_approved(before, after) || lines_.take(now_ms());
}

std::vector<Stranger> Machines::strangers() const {
  const std::lock_guard lock(mutex_);
  std::vector<Stranger> list;
  for (const auto& [id, record] : records_) {
    if (!waits_unapproved(record)) continue;
    const auto live = live_.find(id);
    Stranger stranger{.id = id, .address = {}, .last_contact_ms = opened_ms_};  // nothing is known from before the start
    if (live != live_.end()) {
      stranger.address = live->second.address;
      stranger.last_contact_ms = std::max(stranger.last_contact_ms, live->second.last_contact_ms);
    }
    list.push_back(std::move(stranger));
  }
  return list;
}

Result<MachineRecord> Machines::enrol(std::string_view id, const std::string& address, const Change& rule) {
  const std::lock_guard serial(change_mutex_);
  auto record = find(id);
  const bool known = record.has_value();
  if (!known) {
    RESUS_TRY(const auto leaving, room_for(address, strangers(), limits_, now_ms()));
    if (!leaving.empty()) {
      RESUS_TRY(forget(leaving));
    }
    record.emplace();
    record->id = id;
  }
  RESUS_TRY(auto enrolled, apply(std::move(*record), {.name = "agent " + std::string(id), .action = "enrol", .stranger = true}, rule));
  if (!known) heard(id, address);
  return enrolled;
}

Result<void> Machines::forget(const std::string& id) {
  if (lines_.take(now_ms())) {
    RESUS_TRY(custody_.append({.actor = "depot", .machine = id, .action = "forget", .reason = "silent, and never approved", .details = "{}"}));
  }
  RESUS_TRY(catalogue_.forget(id));
  const std::lock_guard lock(mutex_);
  records_.erase(id);
  live_.erase(id);
  places_.erase(id);
  ++seq_;
  some_gone_ = true;
  return hw::success();
}

void Machines::forget_silent() {
  const std::lock_guard serial(change_mutex_);
  for (const auto& stranger : strangers()) {
    if (now_ms() - stranger.last_contact_ms < kForgetMs) continue;
    if (auto gone = forget(stranger.id); !gone) hw::log(hw::LogLevel::kWarning, "depot", gone.error().to_string());
  }
}

void Machines::sum_up_strangers() {
  const std::lock_guard serial(change_mutex_);
  const auto due = lines_.due(now_ms());
  if (!due) return;
  const auto text = std::to_string(due->lines) + " more enrolments of machines that are not approved were not written one by one";
  const auto details = json::serialize(json::object{{"lines", due->lines}, {"since", time_value(due->since_ms)}});
  const auto written = custody_.append({.actor = "depot", .machine = {}, .action = "strangers", .reason = text, .details = details});
  if (written) lines_.summed_up();
  else hw::log(hw::LogLevel::kWarning, "depot", written.error().to_string());
}

void Machines::tick_strangers() {
  forget_silent();
  sum_up_strangers();
  bool gone = false;
  {
    const std::lock_guard lock(mutex_);
    std::swap(gone, some_gone_);
  }
  if (gone && on_gone_) on_gone_();
}

void Machines::heard_pending(std::string_view id) {
  const std::lock_guard lock(mutex_);
  if (const auto live = live_.find(id); live != live_.end()) live->second.pending_contact_ms = now_ms();
}

}  // namespace resus::depot
