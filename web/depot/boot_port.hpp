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
  BootPort(netboot::BootFiles files, std::string kernel_extra, std::string ticket_key, Machines& machines, const hw::Clock& clock);
  [[nodiscard]] transport::Response answer(const transport::Request& request);
  /// When the ticket was issued, if this depot did so for one of these MACs; 0 otherwise.
  [[nodiscard]] std::int64_t issued_ms(const std::string& ticket, const hw::MachineIdentity& identity) const;

 private:
  [[nodiscard]] netboot::BootFacts facts_of(const netboot::BootClient& client) const;
  Machines& machines_;
  const hw::Clock& clock_;
  std::mutex mutex_;
  const netboot::BootTickets tickets_;
  netboot::BootService service_;
};

}  // namespace resus::depot
