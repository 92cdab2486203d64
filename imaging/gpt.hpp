#pragma once
// Partition tables as bytes: GPT and MBR are read, the backup GPT is moved when the disk is larger than its image.
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "imaging/golden_image.hpp"

namespace resus::imaging {

/// Fills the buffer from the disk. The range always lies within the disk.
using ReadAt = std::function<Result<void>(std::uint64_t offset_bytes, std::span<std::byte> buffer)>;

struct DiskShape {
  std::uint64_t size_bytes = 0;
  std::uint32_t sector_bytes = 512;  ///< logical: 512 or 4096
};

struct PartitionTable {
  std::string kind;  ///< "gpt", "dos", "none": as in GoldenManifest::partition_table
  std::string uuid;  ///< disk GUID, or "0x" + MBR signature
  bool from_backup = false;  ///< the primary GPT was damaged
  std::vector<Partition> partitions;  ///< file_system is left empty
};

/// Errors: kBadInput for a table that contradicts itself (overlap, beyond the disk, bad checksum in both
/// copies); what `read` returns. A disk without a table is kind "none".
/// Source: UEFI 2.10 section 5.
[[nodiscard]] Result<PartitionTable> read_partition_table(const DiskShape& disk, const ReadAt& read);

/// Bytes to be written at one place.
struct DiskPatch {
  std::uint64_t offset_bytes = 0;
  std::vector<std::byte> bytes;
};

/// The writes that move the backup GPT to the end of a disk larger than the image laid onto it: backup entries, backup
/// header, primary header, protective MBR, zeros over the former backup. Empty when it is in place already
/// or the disk has no GPT. In this order a power cut leaves at least one valid table.
/// Errors: as read_partition_table(); kImageTooLarge when the disk is smaller than its table says.
[[nodiscard]] Result<std::vector<DiskPatch>> relocate_backup_gpt(const DiskShape& disk, const ReadAt& read);

}  // namespace resus::imaging
