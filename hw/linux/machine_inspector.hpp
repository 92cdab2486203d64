#pragma once
#include <map>
#include <string>

#include "hw/linux/paths.hpp"
#include "hw/machine.hpp"

namespace resus::hw {

/// IPv4 address with prefix ("10.77.0.101/24") by link name, bridges and virtual links included.
[[nodiscard]] std::map<std::string, std::string> ipv4_addresses();

/// Where the kernel shows the machine; tests give recorded trees.
struct MachineRoots {
  std::string sys = paths::kSys;
  std::string cpu_info = paths::kCpuInfo;
  std::string memory_info = paths::kMemInfo;
};

/// Reads what the kernel knows. A machine without SMBIOS (some virtual ones) has empty fields.
/// Links are the physical network ports; only when there are none, every Ethernet link there is.
/// Secure Boot is seen only where efivarfs is mounted.
/// Errors: kBadInput for a damaged SMBIOS table. Threads: any.
class LinuxMachineInspector : public MachineInspector {
 public:
  explicit LinuxMachineInspector(MachineRoots roots = {}) : roots_(std::move(roots)) {}
  [[nodiscard]] Result<MachineIdentity> inspect() override;

 private:
  [[nodiscard]] std::vector<NetworkLink> links() const;
  [[nodiscard]] bool secure_boot() const;
  MachineRoots roots_;
};

}  // namespace resus::hw
