#pragma once
// Identity of the PC itself: SMBIOS, network links, firmware.
#include <cstdint>
#include <string>
#include <vector>

#include "hw/result.hpp"

namespace resus::hw {

struct SmbiosIdentity {
  std::string uuid;  ///< lower case with hyphens; empty when absent or a known placeholder
  std::string manufacturer;
  std::string product;
  std::string serial;  ///< empty when a placeholder ("To be filled by O.E.M.")
  std::string asset_tag;
  std::string bios_version;
};

struct NetworkLink {
  std::string name;  ///< "eth0"
  std::string mac;   ///< "52:54:00:12:34:56"
  std::string driver;
  std::string ipv4;  ///< with prefix, empty if none
  bool carrier = false;
  std::uint32_t speed_mbit = 0;
};

struct MachineIdentity {
  SmbiosIdentity smbios;
  std::vector<NetworkLink> links;
  std::string firmware;  ///< "bios" or "uefi"
  bool secure_boot = false;
  std::uint64_t memory_bytes = 0;
  std::string cpu;
};

/// Parses a raw SMBIOS table (/sys/firmware/dmi/tables/DMI). Source: DMTF DSP0134 3.6, types 0, 1, 3.
/// Errors: kBadInput for a table that runs over its end.
[[nodiscard]] Result<SmbiosIdentity> parse_smbios(std::string_view table);

class MachineInspector {
 public:
  virtual ~MachineInspector() = default;
  [[nodiscard]] virtual Result<MachineIdentity> inspect() = 0;
};

}  // namespace resus::hw
