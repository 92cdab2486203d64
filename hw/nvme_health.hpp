#pragma once
// What an NVMe controller says of itself, its namespaces and its health.
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "hw/result.hpp"

namespace resus::hw {

struct NvmeController {
  std::string model, serial, firmware;
  std::uint32_t namespaces = 0;          ///< how many there can be (NN)
  std::uint64_t total_bytes = 0;         ///< of the medium (TNVMCAP); 0: not said
  std::uint64_t unallocated_bytes = 0;   ///< not in any namespace (UNVMCAP)
  bool security_commands = false;        ///< OACS bit 0: TCG (Opal) commands are there
};
/// @param page 4096 bytes, IDENTIFY with CNS 01h. Source: NVM Express base specification 1.4, figure 247.
/// Errors (all three): kBadInput for another length.
[[nodiscard]] Result<NvmeController> parse_nvme_controller(std::span<const std::byte> page);

/// Ids from the active namespace list, IDENTIFY with CNS 02h, ascending.
[[nodiscard]] Result<std::vector<std::uint32_t>> parse_nvme_namespaces(std::span<const std::byte> page);

struct NvmeHealth {
  std::uint8_t critical_warning = 0;     ///< bits: spare, temperature, reliability, read-only, backup
  std::uint16_t temperature_kelvin = 0;
  std::uint8_t spare_percent = 0, spare_threshold_percent = 0, used_percent = 0;
  std::uint64_t data_read_units = 0, data_written_units = 0;  ///< of 512,000 bytes; the low 64 of 128 bits
  std::uint64_t power_on_hours = 0, unsafe_shutdowns = 0, media_errors = 0;
};
/// @param page 512 bytes of log page 02h. Source: NVM Express base specification 1.4, figure 194.
[[nodiscard]] Result<NvmeHealth> parse_nvme_health(std::span<const std::byte> page);

}  // namespace resus::hw
