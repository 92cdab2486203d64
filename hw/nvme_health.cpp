#include "hw/nvme_health.hpp"

#include "hw/byte_fields.hpp"

namespace resus::hw {
namespace {
constexpr std::size_t kIdentifyBytes = 4096;
constexpr std::size_t kHealthBytes = 512;
}  // namespace

Result<NvmeController> parse_nvme_controller(std::span<const std::byte> page) {
  if (page.size() != kIdentifyBytes) return fail(Code::kBadInput, "IDENTIFY of an NVMe controller has 4096 bytes");
  return NvmeController{.model = ascii_field(page, 24, 40),
                        .serial = ascii_field(page, 4, 20),
                        .firmware = ascii_field(page, 64, 8),
                        .namespaces = static_cast<std::uint32_t>(little_endian(page, 516, 4)),
                        .total_bytes = little_endian(page, 280, 8),
                        .unallocated_bytes = little_endian(page, 296, 8),
                        .security_commands = (little_endian(page, 256, 2) & 1U) != 0};
}

Result<std::vector<std::uint32_t>> parse_nvme_namespaces(std::span<const std::byte> page) {
  if (page.size() != kIdentifyBytes) return fail(Code::kBadInput, "a list of NVMe namespaces has 4096 bytes");
  std::vector<std::uint32_t> ids;
  for (std::size_t at = 0; at < kIdentifyBytes; at += 4) {
    const auto id = static_cast<std::uint32_t>(little_endian(page, at, 4));
    if (id == 0) break;
    if (!ids.empty() && id <= ids.back()) return fail(Code::kBadInput, "NVMe namespaces out of order");
    ids.push_back(id);
  }
  return ids;
}

Result<NvmeHealth> parse_nvme_health(std::span<const std::byte> page) {
  if (page.size() != kHealthBytes) return fail(Code::kBadInput, "the health log of an NVMe disk has 512 bytes");
  const auto byte = [&](std::size_t at) { return static_cast<std::uint8_t>(little_endian(page, at, 1)); };
  return NvmeHealth{.critical_warning = byte(0),
                    .temperature_kelvin = static_cast<std::uint16_t>(little_endian(page, 1, 2)),
                    .spare_percent = byte(3),
                    .spare_threshold_percent = byte(4),
                    .used_percent = byte(5),
                    .data_read_units = little_endian(page, 32, 8),
                    .data_written_units = little_endian(page, 48, 8),
                    .power_on_hours = little_endian(page, 128, 8),
                    .unsafe_shutdowns = little_endian(page, 144, 8),
                    .media_errors = little_endian(page, 160, 8)};
}

}  // namespace resus::hw
