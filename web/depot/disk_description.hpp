#pragma once
// What a golden image's manifest says of the disk it was made from.
#include "hw/block_device.hpp"
#include "hw/clock.hpp"
#include "hw/partition_probe.hpp"
#include "imaging/store.hpp"

namespace resus::depot {

/// Reads the partition table of an opened disk and probes the file systems in it.
/// Errors: kBadInput for a table that contradicts itself, kRead.
[[nodiscard]] hw::Result<imaging::ImageDescription> describe_disk(hw::PartitionProbe& partitions, const hw::Clock& clock,
                                                                  hw::DiskReader& disk, const std::string& name);

/// Bytes of any range, read in whole aligned blocks. Errors: kRead, kUsage beyond the disk's end.
[[nodiscard]] hw::Result<void> read_bytes(hw::DiskReader& disk, std::uint64_t offset_bytes,
                                          std::span<std::byte> out);

}  // namespace resus::depot
