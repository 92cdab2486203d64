// How the parts of a depot know each other, and what they do with every beat.
#include "hw/log.hpp"
#include "web/depot/depot_parts.hpp"
#include "web/depot/machine_rules.hpp"

namespace resus::depot {
namespace {

constexpr std::uint64_t kReclaimBeats = 60;

}  // namespace

AgentServices Depot::Parts::agent_services() {
  return {.machines = *machines, .acquisitions = acquisitions, .approvals = approvals, .permits = permits,
          .store = *vault.store, .backups = backups, .scan_gate = scan_gate, .polls = polls, .catalogue = *vault.catalogue, .clock = platform.clock,
          .ticket_issued_ms = [this](const std::string& ticket, const hw::MachineIdentity& identity) {
            return boot.issued_ms(ticket, identity);
          },
          .phone_home = [this] {
            return PhoneHomeAddress{.host = config.address, .port = ports.https, .spki_sha256 = vault.certificates.spki_sha256};
          }, .key_handovers = vault.handovers};
}

OperatorServices Depot::Parts::operator_services() {
  return {.machines = *machines, .approvals = approvals, .batches = batches, .store = *vault.store, .custody = *vault.custody,
          .backups = backups, .scan_gate = scan_gate, .catalogue = *vault.catalogue, .events = events, .sign_in = sign_in,
          .operators = accounts, .jobs = jobs, .store_jobs = store_jobs, .backup_jobs = backup_jobs, .analysis_jobs = analysis_jobs, .job_again = job_again, .exports = exports, .reports = reports, .stamper = stamper, .retention = retention, .clock = platform.clock,
          .incident = config.incident, .origin = [this] { return origin(); }, .depot_state = [this] { return state(); }};
}

/// The present key first; those before it because images and manifests may be signed by them.
std::vector<std::string> Depot::Parts::baked_keys() const {
  constexpr std::size_t kMostBaked = 64;  // what an agent takes
  std::vector<std::string> keys = {to_base64(vault.key->public_key())};
  for (const auto& key : vault.trusted) {
    if (key != vault.key->public_key() && keys.size() < kMostBaked) keys.push_back(to_base64(key));
  }
  return keys;
}

/// A name of its own outlives an address: what is printed on a PC should lead here for years.
std::string Depot::Parts::origin() const {
  constexpr std::uint16_t kDefaultPort = 443;
  return "https://" + (config.names.empty() ? config.address : config.names.front()) +
         (ports.https == kDefaultPort ? "" : ":" + std::to_string(ports.https));
}

RetentionServices Depot::Parts::retention_services() {
  return {.store = *vault.store, .custody = *vault.custody, .key = *vault.key, .machines = *machines, .jobs = jobs,
          .clock = platform.clock, .days = config.retention_days};
}

StoreJobServices Depot::Parts::store_job_services() {
  return {.import = {platform.disks, platform.partitions, platform.clock, *vault.store, *vault.key}, .custody = *vault.custody,
          .files = platform.files, .data = config.data, .jobs = jobs, .stamper = stamper};
}

BackupJobServices Depot::Parts::backup_job_services() {
  return {.backups = backups, .scan_gate = scan_gate, .machines = *machines, .custody = *vault.custody, .key = *vault.key,
          .files = platform.files, .sandbox = platform.sandbox, .sockets = platform.sockets, .clock = platform.clock,
          .disks = platform.disks, .data = config.data, .places = {.rules = config.scan_rules, .clamd = config.scan_clamd}, .jobs = jobs};
}

AnalysisJobServices Depot::Parts::analysis_job_services() {
  return {.store = *vault.store, .custody = *vault.custody, .files = platform.files, .processes = platform.processes,
          .data = config.data, .jobs = jobs};
}

void Depot::Parts::beat(std::uint64_t number) {
  machines->tick(config.machines_at_once);
  boot.tick();
  const auto sightings = machines->take_sightings();
  const auto outlook = forecast.look(sightings, config.machines_at_once, platform.clock.now().time_since_epoch().count());
  machines->set_outlook(outlook);
  room.beat(outlook);
  publish_progress(events, sightings, outlook, platform.clock, number);
  if (number % kReclaimBeats == 0) workers.post([this] { retention.reclaim_if_due(); });
  publish_beat(events, *machines, platform.clock, number, [this] { return state(); });
}

void Depot::Parts::observe() {
  machines->on_stages([this](const std::vector<FinishedStage>& stages) { forecast.learn(stages); });
  machines->on_gone([this] { events.start_afresh(); });
  machines->on_change([this](const MachineRecord& record, const LiveFacts& live) {
    events.publish_machine(record.seq, machine_event_json(record, live));
    polls.wake();
  });
  acquisitions.set_plan({.rescue_time = std::chrono::minutes(config.plan.rescue_minutes),
                         .go_on_with = decided_kinds(config.plan),
                         .reread = config.plan.reread,
                         .accept_gap_sectors = config.plan.accept_gap_sectors});
  // The record changes first, so that whoever is told "verified" finds its permit.
  acquisitions.on_settled([this] {
    polls.wake();
    stamper.wake();
  });
}

void Depot::Parts::recover() {
  for (const auto& record : machines->all()) {
    const auto changed = machines->change(record.id, {"depot", "restart"}, session_gone);
    if (!changed) hw::log(hw::LogLevel::kWarning, "depot", changed.error().to_string());
  }
  scan_gate.recover(*machines);
}

}  // namespace resus::depot
