#include "web/depot/boot_port.hpp"

#include <algorithm>

#include "hw/log.hpp"
#include "web/transport/problem.hpp"

namespace resus::depot {
namespace {

bool has_mac(const hw::MachineIdentity& identity, const std::string& mac) {
  return std::ranges::any_of(identity.links, [&](const hw::NetworkLink& link) {
    const auto own = netboot::canonical_mac(link.mac);
    return own && own.value() == mac;
  });
}

}  // namespace

BootPort::BootPort(netboot::BootFiles files, std::string kernel_extra, std::string ticket_key, Machines& machines,
                   const hw::Clock& clock)
    : machines_(machines), clock_(clock), tickets_(std::move(ticket_key)),
      service_(std::move(files), tickets_, [this](const netboot::BootClient& client) { return facts_of(client); },
               [](const netboot::BootClient& client, netboot::BootChoice choice) {
                 hw::log(hw::LogLevel::kInfo, "depot", client.mac + " at " + client.address +
                         (choice == netboot::BootChoice::kLocal ? " boots its own disk" : " boots the agent"));
               },
               std::move(kernel_extra)) {}

netboot::BootFacts BootPort::facts_of(const netboot::BootClient& client) const {
  netboot::BootFacts facts;
  for (const auto& machine : machines_.all()) {
    // Both must agree where both are known: a machine with another one's UUID is not released with it.
    const bool uuid = !client.uuid.empty() && client.uuid == machine.identity.smbios.uuid;
    if (!has_mac(machine.identity, client.mac) && !uuid) continue;
    facts.known = true;
    facts.phase_boots_network = row(machine.phase).boots_network;
    facts.released = machine.released;
    if (has_mac(machine.identity, client.mac)) break;
  }
  return facts;
}

transport::Response BootPort::answer(const transport::Request& request) {
  if (request.method != "GET" && request.method != "HEAD") {
    return transport::problem(hw::Code::kUsage, "boot files are only read", 405);
  }
  const auto question = request.target.find('?');
  const auto query = question == std::string::npos ? std::string() : request.target.substr(question + 1);
  const std::lock_guard lock(mutex_);
  const auto answer = service_.answer(request.path, query, request.client_address, clock_.now());
  transport::Response response;
  response.status = static_cast<unsigned>(answer.status);
  response.headers.add("Content-Type", answer.content_type);
  response.headers.add("Cache-Control", "no-store");
  response.body = answer.body;
  return response;
}

std::int64_t BootPort::issued_ms(const std::string& ticket, const hw::MachineIdentity& identity) const {
  const auto said = tickets_.check(ticket, clock_.now());
  if (!said || !has_mac(identity, said.value().mac)) return 0;
  return said.value().issued_at.time_since_epoch().count();
}

}  // namespace resus::depot
