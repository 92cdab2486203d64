#pragma once
// Text of dnsmasq's configuration for the imaging room. Pure.
#include <cstdint>
#include <string>

#include "hw/result.hpp"

namespace resus::netboot {

enum class DhcpMode : std::uint8_t {
  kFull,   ///< the depot gives addresses: its own VLAN
  kProxy,  ///< another server gives addresses, the depot adds only where to boot from
};

struct DnsmasqSettings {
  DhcpMode mode = DhcpMode::kFull;
  std::string interface;           ///< "eth1"
  std::string address;             ///< the depot's own IPv4 address there, "10.77.0.1"
  std::uint8_t prefix_bits = 24;
  std::string range_first;         ///< full mode only
  std::string range_last;          ///< full mode only
  std::uint16_t http_port = 80;    ///< the depot's plain-HTTP port
  std::string tftp_root;           ///< absolute path; undionly.kpxe and snponly.efi lie there
  std::string lease_file;          ///< absolute path
};

/// Errors: kUsage naming the setting that is wrong (address outside the subnet, bad name, …).
[[nodiscard]] hw::Result<std::string> dnsmasq_config(const DnsmasqSettings& settings);

}  // namespace resus::netboot
