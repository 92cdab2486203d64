#pragma once
// Brings the network up on every port at once.
#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "firmware/init/lease.hpp"
#include "hw/file_system.hpp"
#include "hw/machine.hpp"
#include "hw/process.hpp"

namespace resus::firmware {

/// DHCP runs on all ports in parallel and goes on renewing; one lease is used. Threads: one.
class Network {
 public:
  using Time = std::chrono::steady_clock::time_point;

  Network(hw::Processes& processes, hw::FileSystem& files, hw::MachineInspector& inspector, std::string boot_mac);

  /// Starts DHCP on ports that are new, and applies the lease when it changed. Errors: what ip(8) refused.
  [[nodiscard]] hw::Result<void> tick(Time now);
  [[nodiscard]] const std::optional<Lease>& lease() const { return used_; }
  /// "asking for an address on eth0, eth1 (no cable)" or "10.77.0.130 on eth0".
  [[nodiscard]] std::string summary() const;
  [[nodiscard]] std::set<int> process_ids() const;

 private:
  void ask_on(const hw::NetworkLink& link);
  [[nodiscard]] std::vector<Lease> leases() const;
  [[nodiscard]] std::optional<Lease> choose(bool waited) const;
  [[nodiscard]] hw::Result<void> apply(const Lease& lease);
  [[nodiscard]] hw::Result<void> ip(std::vector<std::string> arguments);

  hw::Processes& processes_;
  hw::FileSystem& files_;
  hw::MachineInspector& inspector_;
  std::string boot_mac_;
  std::optional<Time> first_asked_;
  std::optional<Time> looked_at_;
  std::vector<hw::NetworkLink> links_;
  std::map<std::string, int> clients_;  ///< udhcpc's process by link
  std::optional<Lease> used_;
};

}  // namespace resus::firmware
