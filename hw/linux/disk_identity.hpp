#pragma once
// Who a disk is, as sysfs and the device itself say. For hw/linux only.
#include <string>
#include <string_view>
#include <vector>

#include "hw/block_device.hpp"

namespace resus::hw {

/// Names in <sys_root>/block that are disks: no partitions, ram, zram, device-mapper, md, floppy or
/// optical drives, nothing of size 0 (empty loop devices, card readers without a card).
[[nodiscard]] Result<std::vector<std::string>> disk_names(const std::string& sys_root);

/// What sysfs says about a disk ("sda"). Sizes and sectors are those of sysfs.
/// Errors: kNotFound when there is no such disk.
[[nodiscard]] Result<DiskIdentity> sysfs_identity(const std::string& sys_root, const std::string& name);

/// Identity of an open device or image file. `path` is how the caller knows it.
/// Errors: kRead; kUsage for a partition or anything else that is no disk.
[[nodiscard]] Result<DiskIdentity> identify_open(int fd, const std::string& path);

/// Name in sysfs ("sda") of an open whole disk. Errors: kUsage for a partition.
[[nodiscard]] Result<std::string> sysfs_name(int fd, const std::string& path);

/// Serial in a SCSI vital product data page 0x80. Source: SPC-5, 7.7.15: four header bytes, length at 2.
[[nodiscard]] std::string serial_of_vpd_page(std::string_view page);

/// Sectors of 512 bytes written and discarded, from a sysfs `stat` line. Errors: kBadInput.
/// Source: Documentation/block/stat.rst: write sectors are field 7, discard sectors field 14.
[[nodiscard]] Result<std::uint64_t> written_of_stat(std::string_view line);

/// True when one of the devices ("8:1") is mounted, by the text of /proc/self/mountinfo.
/// Source: proc(5): the third field is major:minor.
[[nodiscard]] bool is_mounted(std::string_view mountinfo, const std::vector<std::string>& devices);
/// "8:1 /mnt" for each mount of one of the devices. Takes /proc/self/mountinfo.
[[nodiscard]] std::vector<std::string> mounts_of(std::string_view mountinfo, const std::vector<std::string>& devices);
/// The port a disk hangs on as the kernel's log names it ("ata3"); empty when it is none of ATA's.
[[nodiscard]] std::string ata_port(const std::string& sys_root, const std::string& name);

/// "8:0" of the disk and of its partitions. Errors: kNotFound.
[[nodiscard]] Result<std::vector<std::string>> device_numbers(const std::string& sys_root, const std::string& name);

}  // namespace resus::hw
