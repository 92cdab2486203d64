#pragma once
// Network boot as the depot runs it: the boot port's answers and the dnsmasq beside it. Both may be off.
#include <boost/json.hpp>
#include <memory>
#include <mutex>
#include <optional>

#include "netboot/dnsmasq_supervisor.hpp"
#include "netboot/tftp_folder.hpp"
#include "web/depot/boot_port.hpp"
#include "web/depot/config.hpp"
#include "web/depot/vault.hpp"

namespace resus::depot {

/// Threads: any after load() and start_dhcp().
class BootRoom {
 public:
  /// Both outlive the object.
  BootRoom(const Config& config, const Platform& platform) : config_(config), platform_(platform) {}
  /// Nothing to load when the configuration names no boot image. Errors: kNotFound naming the file.
  [[nodiscard]] Result<void> load(const std::string& agent_json, const std::string& ticket_key, Machines& machines);
  /// Nothing to start when DHCP is off, no interface is named or there is nothing to boot.
  [[nodiscard]] Result<void> start_dhcp(std::uint16_t http_port);
  [[nodiscard]] transport::Response answer(const transport::Request& request);
  /// As BootPort; 0 when nothing is served.
  [[nodiscard]] std::int64_t issued_ms(const std::string& ticket, const hw::MachineIdentity& identity) const;
  void tick();
  void stop();
  /// {state, detail}
  [[nodiscard]] boost::json::object state() const;

 private:
  const Config& config_;
  const Platform& platform_;
  std::unique_ptr<BootPort> port_;
  mutable std::mutex mutex_;  ///< the supervisor's
  std::unique_ptr<netboot::TftpFolder> tftp_;  ///< outlives dnsmasq
  std::unique_ptr<netboot::DnsmasqSupervisor> dnsmasq_;
};

}  // namespace resus::depot
