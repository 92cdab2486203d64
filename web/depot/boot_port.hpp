#pragma once
// The plain-HTTP port: boot scripts and boot files, and who fetched them when.
#include <mutex>

#include "netboot/boot_service.hpp"
#include "web/depot/machines.hpp"
#include "web/transport/http.hpp"

namespace resus::depot {

/// Threads: any.
class BootPort {
 public:
  /// `machines` and `clock` outlive the object.
  BootPort(netboot::BootFiles files, std::string kernel_extra, Machines& machines, const hw::Clock& clock);
  [[nodiscard]] transport::Response answer(const transport::Request& request);
  /// Ends the ticket. True when it is good, belongs to one of these MACs, and the script was fetched after
  /// the machine was last heard.
  [[nodiscard]] bool redeem(const std::string& ticket, const hw::MachineIdentity& identity, std::int64_t last_contact_ms);

 private:
  [[nodiscard]] netboot::BootFacts facts_of(const netboot::BootClient& client) const;
  Machines& machines_;
  const hw::Clock& clock_;
  std::mutex mutex_;
  netboot::BootTickets tickets_;
  netboot::BootService service_;
};

}  // namespace resus::depot
