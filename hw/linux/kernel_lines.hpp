#pragma once
// What the kernel's log says of a disk. For hw/linux only.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace resus::hw {

/// All of the log since boot, as far as it is still kept; nothing when it may not be read here.
[[nodiscard]] std::optional<std::string> kernel_log_text();

/// Lines that speak of a failed or lost write to the disk ("sda") or one of its partitions.
/// Source: block/blk-core.c print_req_error(), fs/buffer.c buffer_io_error().
[[nodiscard]] std::vector<std::string> write_error_lines(std::string_view log, const std::string& disk);

/// Lines that say that the kernel lifted a Host Protected Area of the disk, or of a disk on the same port. `ata_port`: "ata3", or empty.
/// Source: block/partitions/core.c disk_unlock_native_capacity(), drivers/ata/libata-core.c ata_hpa_resize().
[[nodiscard]] std::vector<std::string> lifted_area_lines(std::string_view log, const std::string& disk, const std::string& ata_port);

/// Sectors that a disk on this port had before the kernel lifted its Host Protected Area and so gave it `sectors_now`; 0 when the log
/// tells of no such thing. Sectors are the disk's logical ones. Source: drivers/ata/libata-core.c ata_hpa_resize().
[[nodiscard]] std::uint64_t sectors_before_lift(std::string_view log, const std::string& ata_port, std::uint64_t sectors_now);

}  // namespace resus::hw
