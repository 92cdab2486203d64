#include "web/depot/depot.hpp"

#include <algorithm>
#include <boost/json.hpp>

#include "web/analysis/search_request.hpp"
#include "web/depot/compression.hpp"
#include "web/depot/depot_parts.hpp"
#include "web/depot/pages.hpp"
#include "web/messages/agent_config.hpp"
#include "web/transport/problem.hpp"

namespace resus::depot {
namespace {

namespace json = boost::json;

constexpr std::uint64_t kMostBatchBytes = 256 * 1024;  ///< ten thousand machine ids are 110 KB
constexpr std::uint64_t kMostFormBytes = 16 * 1024;

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
  // Whoever asks is known only once the request is read: only the list of a batch and the blocks of a file may be long.
  listen.limits.body_bytes = [](const transport::RequestHead& head) {
    if (head.target == "/api/v1/store/search") return std::uint64_t{analysis::kMostSearchBytes};
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
  RESUS_TRY(parts.analysis_jobs.prepare());
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
