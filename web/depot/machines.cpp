#include "web/depot/machines.hpp"

#include <algorithm>

#include "hw/log.hpp"
#include "imaging/block.hpp"
#include "web/depot/machine_rules.hpp"
#include "web/depot/turns.hpp"
#include "web/messages/short_code.hpp"

namespace resus::depot {
namespace {

namespace json = boost::json;

std::string custody_details(const MachineRecord& r, const std::string& text) {
  return json::serialize(json::object{{"text", text}, {"attempt", r.attempt}, {"phase", to_string(r.phase)},
                                      {"condition", to_string(r.condition)}, {"disk_serial", r.disk.serial},
                                      {"evidence", r.evidence.id}, {"image", r.image_id}});
}

}  // namespace

Machines::Machines(Catalogue& catalogue, imaging::CustodyLog& custody, const hw::Clock& clock, std::string depot_key)
    : catalogue_(catalogue), custody_(custody), clock_(clock), depot_key_(std::move(depot_key)) {}

Result<std::unique_ptr<Machines>> Machines::open(Catalogue& catalogue, imaging::CustodyLog& custody,
                                                 const hw::Clock& clock, std::string depot_key) {
  std::unique_ptr<Machines> machines(new Machines(catalogue, custody, clock, std::move(depot_key)));
  RESUS_TRY(auto records, catalogue.machines());
  // Contact changes count revisions without being stored; starting at the clock keeps them ascending
  // over restarts all the same.
  machines->rev_ = static_cast<std::uint64_t>(machines->now_ms());
  for (auto& record : records) {
    machines->rev_ = std::max(machines->rev_, record.rev);
    machines->live_[record.id].last_contact_ms = record.last_contact_ms;
    machines->records_.emplace(record.id, std::move(record));
  }
  return machines;
}

std::int64_t Machines::now_ms() const { return clock_.now().time_since_epoch().count(); }

MachineRecord Machines::with_contact(const MachineRecord& record) const {
  auto copy = record;
  if (const auto live = live_.find(record.id); live != live_.end()) copy.last_contact_ms = live->second.last_contact_ms;
  return copy;
}

Result<MachineRecord> Machines::change(std::string_view id, const Actor& actor, const Change& rule) {
  const std::lock_guard serial(change_mutex_);
  auto record = find(id);
  if (!record) return hw::fail(hw::Code::kNotFound, "there is no machine " + std::string(id));
  return apply(std::move(*record), actor, rule);
}

Result<MachineRecord> Machines::change_or_create(std::string_view id, const Actor& actor, const Change& rule) {
  const std::lock_guard serial(change_mutex_);
  auto record = find(id);
  if (!record) {
    record.emplace();
    record->id = id;
  }
  return apply(std::move(*record), actor, rule);
}

Result<MachineRecord> Machines::apply(MachineRecord record, const Actor& actor, const Change& rule) {
  const auto before = to_json(record);
  RESUS_TRY(const auto text, rule(record));
  if (text.empty() && to_json(record) == before) return record;
  std::vector<TimelineEntry> lines;
  if (!text.empty()) {
    RESUS_TRY(custody_.append({.actor = actor.name, .machine = record.id, .action = actor.action,
                               .reason = actor.reason, .details = custody_details(record, text)}));
    lines.push_back({now_ms(), actor.name, actor.action, text, record.code, record.id});
  }
  {
    const std::lock_guard lock(mutex_);
    record.rev = ++rev_;
  }
  RESUS_TRY(catalogue_.save(record, lines));
  {
    const std::lock_guard lock(mutex_);
    records_[record.id] = record;
    live_.try_emplace(record.id);
  }
  announce(record);
  return record;
}

void Machines::announce(const MachineRecord& record) const {
  const auto facts = live(record);
  for (const auto& observer : observers_) observer(record, facts);
}

std::optional<MachineRecord> Machines::find(std::string_view id) const {
  const std::lock_guard lock(mutex_);
  const auto found = records_.find(id);
  if (found == records_.end()) return std::nullopt;
  return with_contact(found->second);
}

std::optional<MachineRecord> Machines::find_by_agent(std::string_view agent_key) const {
  const std::lock_guard lock(mutex_);
  if (agent_key.empty()) return std::nullopt;
  for (const auto& [id, record] : records_) {
    if (record.agent.key == agent_key || record.pending.agent.key == agent_key) return with_contact(record);
  }
  return std::nullopt;
}

std::optional<MachineRecord> Machines::find_by_phone_token(std::string_view token) const {
  const std::lock_guard lock(mutex_);
  if (token.empty()) return std::nullopt;
  for (const auto& [id, record] : records_) {
    if (record.phone_token == token) return with_contact(record);
  }
  return std::nullopt;
}

std::vector<MachineRecord> Machines::all() const {
  const std::lock_guard lock(mutex_);
  std::vector<MachineRecord> list;
  for (const auto& [id, record] : records_) list.push_back(with_contact(record));
  return list;
}

LiveFacts Machines::live(const MachineRecord& record) const {
  LiveFacts facts{.now_ms = now_ms(), .progress = {}, .queue_place = 0, .short_code = {}, .address = {}};
  const auto& waiting = record.pending.agent.key.empty() ? record.agent : record.pending.agent;
  const auto agent = imaging::digest_from_hex(waiting.key);
  const auto depot = imaging::digest_from_hex(depot_key_);
  if (!waiting.approved && agent && depot) facts.short_code = messages::short_code(agent.value(), depot.value());
  if (record.phase == imaging::Phase::kQueued) {
    const auto places = queue_places(all());
    if (const auto place = places.find(record.id); place != places.end()) facts.queue_place = place->second;
  }
  const std::lock_guard lock(mutex_);
  if (const auto found = live_.find(record.id); found != live_.end()) {
    facts.progress = found->second.progress;
    facts.address = found->second.address;
  }
  return facts;
}

std::uint64_t Machines::rev() const {
  const std::lock_guard lock(mutex_);
  return rev_;
}

void Machines::heard(std::string_view id, const std::string& address) {
  bool interrupted = false;
  {
    const std::lock_guard lock(mutex_);
    const auto found = records_.find(id);
    if (found == records_.end()) return;
    auto& live = live_[std::string(id)];
    live.last_contact_ms = now_ms();
    live.address = address;
    interrupted = found->second.condition == imaging::Condition::kInterrupted;
  }
  if (!interrupted) return;
  const auto back = change(id, {"depot", "contact_back"}, contact_back);
  if (!back) hw::log(hw::LogLevel::kWarning, "depot", back.error().to_string());
}

void Machines::set_progress(std::string_view id, const messages::Progress& progress) {
  const std::lock_guard lock(mutex_);
  auto& live = live_[std::string(id)];
  live.progress = progress;
  live.progress_is_new = true;
}

std::vector<std::pair<std::string, messages::Progress>> Machines::take_progress() {
  const std::lock_guard lock(mutex_);
  std::vector<std::pair<std::string, messages::Progress>> list;
  for (auto& [id, live] : live_) {
    if (live.progress_is_new && live.progress) list.emplace_back(id, *live.progress);
    live.progress_is_new = false;
  }
  return list;
}

void Machines::tick(std::uint32_t at_once) {
  std::vector<MachineRecord> faded;
  {
    const std::lock_guard lock(mutex_);
    for (auto& [id, live] : live_) {
      const auto contact = contact_of(live.last_contact_ms, now_ms());
      const auto found = records_.find(id);
      if (contact == live.contact || found == records_.end()) continue;
      live.contact = contact;
      found->second.rev = ++rev_;
      faded.push_back(with_contact(found->second));
    }
  }
  for (const auto& record : faded) {
    announce(record);
    if (contact_of(record.last_contact_ms, now_ms()) != imaging::Contact::kLost) continue;
    const auto lost = change(record.id, {"depot", "contact_lost"}, contact_lost);
    if (!lost) hw::log(hw::LogLevel::kWarning, "depot", lost.error().to_string());
  }
  ask_after_silent_installs();
  give_turns(at_once);
}

void Machines::ask_after_silent_installs() {
  for (const auto& record : all()) {
    if (record.phase != imaging::Phase::kVerifyingInstall || record.condition != imaging::Condition::kOk) continue;
    const auto now = now_ms();
    if (now - record.last_contact_ms < kReportInMs) continue;
    const auto asked =
        change(record.id, {"depot", "install_silent"}, [now](MachineRecord& r) { return install_silent(r, now); });
    if (!asked) hw::log(hw::LogLevel::kWarning, "depot", asked.error().to_string());
  }
}

void Machines::give_turns(std::uint32_t at_once) {
  for (const auto& id : next_turns(all(), at_once)) {
    const auto now = now_ms();
    const auto begun = change(id, {"depot", "start"}, [now](MachineRecord& r) { return begin_turn(r, now); });
    if (!begun) hw::log(hw::LogLevel::kWarning, "depot", begun.error().to_string());
  }
}

}  // namespace resus::depot
