#include "web/depot/depot.hpp"

#include <algorithm>
#include <boost/json.hpp>

#include "hw/log.hpp"
#include "web/depot/agent_api.hpp"
#include "web/depot/boot_room.hpp"
#include "web/depot/compression.hpp"
#include "web/depot/depot_state.hpp"
#include "web/depot/heartbeat.hpp"
#include "web/depot/job_record.hpp"
#include "web/depot/machine_rules.hpp"
#include "web/depot/operator_api.hpp"
#include "web/depot/pages.hpp"
#include "web/depot/secrets.hpp"
#include "web/depot/stamping.hpp"
#include "web/messages/agent_config.hpp"
#include "web/transport/problem.hpp"

namespace resus::depot {
namespace {

namespace json = boost::json;

constexpr std::uint64_t kMostBatchBytes = 256 * 1024;  ///< ten thousand machine ids are 110 KB
constexpr std::uint64_t kMostFormBytes = 16 * 1024;
constexpr std::uint64_t kReclaimBeats = 60;
constexpr unsigned kWorkers = 8;  ///< calls wait for SQLite's syncs; these are many small ones

std::vector<std::string> certificate_names(const Config& config, const std::vector<std::string>& own) {
  std::vector<std::string> names = {config.address};
  const auto add = [&](const std::string& name) {
    if (!name.empty() && std::ranges::find(names, name) == names.end()) names.push_back(name);
  };
  for (const auto& address : own) add(address);
  for (const auto& name : config.names) add(name);
  add("127.0.0.1");
  add("localhost");
  return names;
}

/// What every answer to a browser has in common.
transport::Handler for_browsers(transport::Handler inner) {
  return [inner = std::move(inner)](transport::Request request, transport::Responder respond) {
    const bool takes_gzip = accepts_gzip(request);
    inner(std::move(request), transport::Responder([respond, takes_gzip](transport::Response response) {
            add_security_headers(response);
            compress_json(response, takes_gzip);
            respond(std::move(response));
          }));
  };
}

}  // namespace

/// Members stand in the order in which they need each other; stop() ends them the other way round.
struct Depot::Parts {
  Parts(Config c, Platform p, Vault v, std::unique_ptr<Machines> m, std::vector<FinishedStage> history,
        std::optional<StampAuthority> authority)
      : config(std::move(c)), platform(p), vault(std::move(v)), machines(std::move(m)), forecast(std::move(history)),
        room(*vault.store, platform.clock, config.address),
        backups(platform.files, config.data + "/backups"),
        approvals(*machines, *vault.store, backups, *vault.catalogue, platform.clock, config.plan),
        scan_gate(approvals, backups, platform.files, config.data + "/store"),
        permits(*vault.store, *vault.custody, *vault.key, platform.clock),
        acquisitions(*vault.store, *machines, *vault.key, platform.clock, config.incident),
        events(random_hex(4)), sign_in(*vault.catalogue, platform.clock, vault.admin_token), accounts(*vault.catalogue, *vault.custody),
        batches(*machines, approvals, *vault.catalogue, platform.clock), boot(config, platform), jobs(platform.clock, [this](const Job& job) { return vault.catalogue->put_job(stored_job(job)); }),
        exports(*vault.store, jobs),
        stamper(*vault.store, *vault.custody, platform.clock, std::move(authority)),
        retention(retention_services()),
        reports(*vault.store, *machines, backups, platform.files, platform.clock, stamper, config.data + "/store"), store_jobs(store_job_services()), backup_jobs(backup_job_services()),
        job_again(jobs, store_jobs, backup_jobs),
        agents(agent_services()), operators(operator_services()) {}

  AgentServices agent_services();
  OperatorServices operator_services();
  StoreJobServices store_job_services();
  RetentionServices retention_services();
  BackupJobServices backup_job_services();
  json::object state() const { return room.object(boot.state()); }
  std::string origin() const;
  std::vector<std::string> baked_keys() const;
  void beat(std::uint64_t number);
  void observe();
  void recover();
  Result<void> serve();
  Result<void> write_ports() const;
  transport::Limits limits() const;
  Result<std::uint16_t> listen_boot();
  Result<std::uint16_t> listen_pages();
  Result<std::uint16_t> listen_agents();

  Config config;
  Platform platform;
  Vault vault;
  std::unique_ptr<Machines> machines;
  Forecast forecast;
  DepotState room;
  BackupShelf backups;
  Approvals approvals;
  ScanGate scan_gate;
  Permits permits;
  Acquisitions acquisitions;
  EventHub events;
  SignIn sign_in;
  Operators accounts;
  Batches batches;
  BootRoom boot;
  LongPolls polls;
  Jobs jobs;
  EvidenceExports exports;
  Stamper stamper;
  Retention retention;
  EvidenceReports reports;
  StoreJobs store_jobs;
  BackupJobs backup_jobs;
  JobAgain job_again;
  AgentApi agents;
  OperatorApi operators;
  Router agent_routes, operator_routes;
  Ports ports;
  Workers workers{kWorkers};
  std::optional<transport::Server> server;
  std::optional<Heartbeat> heartbeat;
};

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
          .operators = accounts, .jobs = jobs, .store_jobs = store_jobs, .backup_jobs = backup_jobs, .job_again = job_again, .exports = exports, .reports = reports, .stamper = stamper, .retention = retention, .clock = platform.clock,
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
                         .go_on_with = config.plan.go_on_with,
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

transport::Limits Depot::Parts::limits() const {
  transport::Limits limits;
  limits.connections = config.connections;
  limits.connections_per_address = config.connections_per_address;
  return limits;
}

Result<std::uint16_t> Depot::Parts::listen_boot() {
  transport::Listen listen{.address = config.address, .port = config.http_port, .tls = {}, .limits = limits(), .handler = {}};
  listen.limits.body_bytes = [](const auto&) { return std::uint64_t{0}; };
  listen.handler = [this](const transport::Request& request, const transport::Responder& respond) { respond(boot.answer(request)); };
  return server->listen(std::move(listen));
}

Result<std::uint16_t> Depot::Parts::listen_pages() {
  operators.add_routes(operator_routes);
  for (const char* address : {"/phone-home", "/agent/v1/phone-home"}) {
    operator_routes.add("POST", address, [this](const Call& call) { return reply(agents.phone_home(call)); });
  }
  operator_routes.add("GET", "/ca.pem", [this](const Call&) {
    return transport::text_response(200, "application/x-pem-file", vault.certificates.ca_pem);
  });
  add_pages(operator_routes);
  // Operators may sit in another network than the machines under recovery.
  const std::string address = config.interface.empty() ? config.address : "0.0.0.0";
  transport::Listen listen{.address = address, .port = config.https_port, .tls = vault.certificates.tls, .limits = limits(),
                           .handler = for_browsers(operator_routes.handler(workers))};
  // Whoever asks is known only once the request is read: only the list of a batch may be long.
  listen.limits.body_bytes = [](const transport::RequestHead& head) {
    return head.target == "/api/v1/batches" ? kMostBatchBytes : kMostFormBytes;
  };
  return server->listen(std::move(listen));
}

Result<std::uint16_t> Depot::Parts::listen_agents() {
  agents.add_routes(agent_routes);
  transport::Listen listen{.address = config.address, .port = config.agent_port, .tls = vault.certificates.tls, .limits = limits(), .handler = {}};
  listen.tls->client_certificate = transport::ClientCertificate::kRequired;
  listen.limits.body_bytes = [this](const transport::RequestHead& head) { return agents.body_limit(head); };
  listen.handler = [this, inner = agent_routes.handler(workers)](transport::Request request, transport::Responder respond) {
    room.received(request.body.size());
    inner(std::move(request), std::move(respond));
  };
  return server->listen(std::move(listen));
}

Result<void> Depot::Parts::serve() {
  RESUS_TRY(auto opened, transport::Server::open(config.network_threads));
  server.emplace(std::move(opened));
  RESUS_TRY(ports.https, listen_pages());
  RESUS_TRY(ports.agent, listen_agents());
  const messages::AgentConfig baked{.address = config.address, .agent_port = ports.agent, .https_port = ports.https,
                                    .spki_sha256 = vault.certificates.spki_sha256,
                                    .trusted_keys = baked_keys()};
  RESUS_TRY(boot.load(messages::encode(baked), vault.boot_ticket_key, *machines));
  RESUS_TRY(ports.http, listen_boot());
  RESUS_TRY(boot.start_dhcp(ports.http));
  RESUS_TRY(write_ports());
  heartbeat.emplace([this](std::uint64_t number) { beat(number); });
  return hw::success();
}

Result<void> Depot::Parts::write_ports() const {
  const json::object object{{"http", ports.http}, {"https", ports.https}, {"agent", ports.agent}, {"address", config.address},
                            {"spki_sha256", vault.certificates.spki_sha256}};
  return platform.files.replace(config.data + "/run/ports.json", json::serialize(object) + "\n");
}

Depot::Depot(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Depot::~Depot() { stop(); }

Result<std::unique_ptr<Depot>> Depot::start(const Config& wanted, Platform platform) {
  Config config = wanted;
  RESUS_TRY(check_config(config));
  const auto own = platform.addresses(config.interface);
  if (config.address.empty() && !config.interface.empty() && own.empty()) {
    return hw::fail(hw::Code::kUsage, "the interface " + config.interface + " has no IPv4 address");
  }
  if (config.address.empty()) config.address = config.interface.empty() ? "127.0.0.1" : own.front();
  RESUS_TRY(auto vault, Vault::open(platform, config.data, certificate_names(config, own)));
  RESUS_TRY(auto machines, Machines::open(*vault.catalogue, *vault.custody, platform.clock, vault.certificates.spki_sha256,
                                         {.in_all = config.strangers, .per_address = config.strangers_per_address}));
  RESUS_TRY(auto history, vault.catalogue->finished_stages(StageHistory::kMostRows));
  RESUS_TRY(auto authority, authority_of(config, platform.files));
  std::unique_ptr<Depot> depot(new Depot(std::make_unique<Parts>(std::move(config), platform, std::move(vault), std::move(machines), std::move(history),
                                                                 std::move(authority))));
  auto& parts = *depot->parts_;
  parts.observe();
  parts.recover();
  RESUS_TRY(parts.vault.custody->append({.actor = "depot", .machine = {}, .action = "depot.start", .reason = {}, .details = "{}"}));
  RESUS_TRY(parts.job_again.recover(*parts.vault.catalogue));
  RESUS_TRY(parts.serve());
  return depot;
}

void Depot::stop() {
  if (!parts_) return;
  parts_->heartbeat.reset();
  parts_->boot.stop();
  parts_->events.close();
  parts_->polls.stop();
  parts_->workers.stop();
  parts_->jobs.stop();
  parts_->exports.stop();
  parts_->stamper.stop();
  parts_->acquisitions.stop();
  if (parts_->server) parts_->server->stop();
  parts_.reset();
}

Ports Depot::ports() const { return parts_->ports; }
const std::string& Depot::spki_sha256() const { return parts_->vault.certificates.spki_sha256; }
const std::string& Depot::address() const { return parts_->config.address; }
const std::optional<std::string>& Depot::new_admin_password() const { return parts_->vault.new_admin_password; }
const std::string& Depot::admin_token() const { return parts_->vault.admin_token; }
Machines& Depot::machines() { return *parts_->machines; }
imaging::Store& Depot::store() { return *parts_->vault.store; }
const imaging::SigningKey& Depot::key() const { return *parts_->vault.key; }

}  // namespace resus::depot
