#pragma once
// Partitions as the kernel shows them. For hw/linux only.
#include <string>
#include <vector>

#include "hw/host_control.hpp"

namespace resus::hw {

/// Partitions of a disk ("sda") beneath <sys_root>/block, by number. Errors: kNotFound.
[[nodiscard]] Result<std::vector<PartitionDevice>> sysfs_partitions(const std::string& sys_root, const std::string& name);

/// BLKRRPART, then what the kernel found. See HostControl.
[[nodiscard]] Result<std::vector<PartitionDevice>> reread_partition_table(const std::string& disk);

/// BLKPG_ADD_PARTITION. See HostControl.
[[nodiscard]] Result<PartitionDevice> add_partition_device(const std::string& disk, const PartitionDevice& wanted);

}  // namespace resus::hw
