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
                                      {"evidence", r.evidence.id}, {"image", r.image_id},
                                      {"first_contact", time_value(r.seen_at_ms)}});
}

}  // namespace

Machines::Machines(Catalogue& catalogue, imaging::CustodyLog& custody, const hw::Clock& clock, std::string depot_key,
                   StrangerLimits limits)
    : catalogue_(catalogue), custody_(custody), clock_(clock), depot_key_(std::move(depot_key)), limits_(limits),
      opened_ms_(now_ms()) {}

Result<std::unique_ptr<Machines>> Machines::open(Catalogue& catalogue, imaging::CustodyLog& custody,
                                                 const hw::Clock& clock, std::string depot_key, StrangerLimits limits) {
  std::unique_ptr<Machines> machines(new Machines(catalogue, custody, clock, std::move(depot_key), limits));
  RESUS_TRY(auto stored, catalogue.machines());
  for (const auto& machine : stored.unreadable) {
    RESUS_TRY(machines->set_aside(machine));
  }
  // Contact changes count without being stored; starting at the clock keeps the numbers ascending over restarts all the same.
  machines->seq_ = static_cast<std::uint64_t>(machines->now_ms());
  for (auto& record : stored.records) {
    machines->seq_ = std::max(machines->seq_, record.rev);
    record.seq = record.rev;
    forget_downtime(record, machines->now_ms());
    machines->live_[record.id].last_contact_ms = record.last_contact_ms;
    machines->records_.emplace(record.id, std::move(record));
  }
  return machines;
}

Result<void> Machines::set_aside(const UnreadableMachine& machine) {
  const std::string text = "Its record could not be read and was set aside: " + machine.why;
  const std::string code(hw::info(hw::Code::kRecordUnreadable).id);
  hw::log(hw::LogLevel::kError, "depot", machine.id + ": " + code + ": " + text);
  RESUS_TRY(custody_.append({.actor = "depot", .machine = machine.id, .action = "set_aside", .reason = text, .details = "{}"}));
  return catalogue_.set_aside(machine, {now_ms(), "depot", "set_aside", text, code, machine.id});
}

std::int64_t Machines::now_ms() const { return clock_.now().time_since_epoch().count(); }

MachineRecord Machines::with_contact(const MachineRecord& record) const {
  auto copy = record;
  if (const auto live = live_.find(record.id); live != live_.end()) {
    copy.last_contact_ms = live->second.last_contact_ms;
    copy.pending.last_contact_ms = live->second.pending_contact_ms;
  }
  return copy;
}

Result<MachineRecord> Machines::change(std::string_view id, const Actor& actor, const Change& rule) {
  const std::lock_guard serial(change_mutex_);
  auto record = find(id);
  if (!record) return hw::fail(hw::Code::kNotFound, "there is no machine " + std::string(id));
  return apply(std::move(*record), actor, rule);
}

Result<MachineRecord> Machines::apply(MachineRecord record, const Actor& actor, const Change& rule) {
  const auto before = record;
  RESUS_TRY(const auto text, rule(record));
  if (text.empty() && to_json(record) == to_json(before)) return record;
  const auto ended = keep_times(before, record, now_ms());
  RESUS_TRY(check_readable(record));
  std::vector<TimelineEntry> lines;
  if (!text.empty() && may_write_line(actor, before, record)) {
    RESUS_TRY(custody_.append({.actor = actor.name, .machine = record.id, .action = actor.action,
                               .reason = actor.reason, .details = custody_details(record, text)}));
    lines.push_back({now_ms(), actor.name, actor.action, text, record.code, record.id});
  }
  {
    const std::lock_guard lock(mutex_);
    record.seq = ++seq_;
    if (before.rev == 0 || decided_upon(record) != decided_upon(before)) record.rev = record.seq;
  }
  RESUS_TRY(catalogue_.save(record, lines, ended));
  {
    const std::lock_guard lock(mutex_);
    records_[record.id] = record;
    live_.try_emplace(record.id);
  }
  if (on_stages_ && !ended.empty()) on_stages_(ended);
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

bool Machines::is_approved(std::string_view agent_key) const {
  const std::lock_guard lock(mutex_);
  return !agent_key.empty() && std::ranges::any_of(records_, [&](const auto& entry) {
    return entry.second.agent.approved && entry.second.agent.key == agent_key;
  });
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
  LiveFacts facts{.now_ms = now_ms(), .progress = {}, .queue_place = 0, .at_once = 0, .prospect = {}, .short_code = {}, .address = {}};
  const auto& waiting = record.pending.agent.key.empty() ? record.agent : record.pending.agent;
  const auto agent = imaging::digest_from_hex(waiting.key);
  const auto depot = imaging::digest_from_hex(depot_key_);
  if (!waiting.approved && agent && depot) facts.short_code = messages::short_code(agent.value(), depot.value());
  const std::lock_guard lock(mutex_);
  facts.at_once = at_once_;
  if (const auto found = live_.find(record.id); found != live_.end()) {
    facts.progress = found->second.progress;
    facts.prospect = found->second.prospect;
    facts.address = found->second.address;
  }
  const auto place = places_.find(record.id);
  if (place != places_.end() && record.phase == imaging::Phase::kQueued) facts.queue_place = place->second;
  return facts;
}

std::uint64_t Machines::seq() const {
  const std::lock_guard lock(mutex_);
  return seq_;
}

void Machines::heard(std::string_view id, const std::string& address) {
  bool interrupted = false, challenged = false;
  {
    const std::lock_guard lock(mutex_);
    const auto found = records_.find(id);
    if (found == records_.end()) return;
    auto& live = live_[std::string(id)];
    live.last_contact_ms = now_ms();
    live.address = address;
    interrupted = found->second.condition == imaging::Condition::kInterrupted;
    challenged = found->second.agent.approved && !found->second.pending.agent.key.empty();
  }
  const auto settle = [&](const char* action, Result<std::string> (*rule)(MachineRecord&)) {
    const auto done = change(id, {"depot", action}, rule);
    if (!done) hw::log(hw::LogLevel::kWarning, "depot", done.error().to_string());
  };
  if (challenged) settle("pretender_gone", pretender_gone);
  if (interrupted) settle("contact_back", contact_back);
}

void Machines::set_progress(std::string_view id, const messages::Progress& progress) {
  const std::lock_guard lock(mutex_);
  auto& live = live_[std::string(id)];
  live.progress = progress;
  live.progress_is_new = true;
}

std::vector<Sighting> Machines::take_sightings() {
  const std::lock_guard lock(mutex_);
  std::vector<Sighting> list;
  for (const auto& [id, record] : records_) {
    auto& live = live_[id];
    list.push_back({.record = with_contact(record), .progress = live.progress, .progress_is_new = live.progress_is_new});
    live.progress_is_new = false;
  }
  return list;
}

void Machines::set_outlook(const Outlook& outlook) {
  std::vector<MachineRecord> moved;
  {
    const std::lock_guard lock(mutex_);
    for (auto& [id, live] : live_) {
      const auto found = outlook.machines.find(id);
      live.prospect = found == outlook.machines.end() ? Prospect{} : found->second;
    }
    for (const auto& id : board_.update(places_, outlook, now_ms())) {
      const auto record = records_.find(id);
      if (record == records_.end()) continue;
      record->second.seq = ++seq_;
      moved.push_back(with_contact(record->second));
    }
  }
  for (const auto& record : moved) announce(record);
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
      found->second.seq = ++seq_;
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
  give_places(at_once);
  tick_strangers();
}

void Machines::give_places(std::uint32_t at_once) {
  auto places = queue_places(all());
  const std::lock_guard lock(mutex_);
  at_once_ = at_once;
  places_ = std::move(places);
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
