#include "hw/linux/partitions.hpp"

#include <fcntl.h>
#include <linux/blkpg.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

#include "hw/linux/disk_identity.hpp"
#include "hw/linux/file_io.hpp"
#include "hw/linux/file_system.hpp"
#include "hw/linux/paths.hpp"

namespace resus::hw {
namespace {

std::uint64_t number(const std::string& text) {
  std::uint64_t value = 0;
  (void)std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

/// devtmpfs makes the node; where /dev is a plain directory we do.
Result<void> make_node(const std::string& path, const std::string& numbers) {
  if (::access(path.c_str(), F_OK) == 0) return success();
  const auto colon = numbers.find(':');
  if (colon == std::string::npos) return fail(Code::kNotFound, "device numbers of " + path);
  const dev_t device = makedev(static_cast<unsigned>(number(numbers)), static_cast<unsigned>(number(numbers.substr(colon + 1))));
  if (::mknod(path.c_str(), S_IFBLK | 0600, device) == 0 || errno == EEXIST) return success();
  return failure(errno_error(Code::kWrite, "make " + path, errno));
}

int change_partition(int fd, int operation, const PartitionDevice& which) {
  blkpg_partition partition{};
  partition.start = static_cast<long long>(which.offset_bytes);
  partition.length = static_cast<long long>(which.length_bytes);
  partition.pno = static_cast<int>(which.number);
  blkpg_ioctl_arg request{};
  request.op = operation;
  request.datalen = sizeof partition;
  request.data = &partition;
  return ::ioctl(fd, BLKPG, &request) == 0 ? 0 : errno;
}

/// Some drivers (loop devices without that flag) do not look for partitions by themselves: what was
/// added by hand is then taken back, so that nothing of an earlier table is left in either case.
Result<void> forget_partitions(int fd, const std::string& name, const std::string& disk) {
  RESUS_TRY(auto known, sysfs_partitions(paths::kSys, name));
  for (const auto& partition : known) {
    const int error = change_partition(fd, BLKPG_DEL_PARTITION, partition);
    if (error == EBUSY) return fail(Code::kConflict, "a partition of " + disk + " is in use");
    if (error != 0) return failure(errno_error(Code::kWrite, "forget " + partition.path, error));
  }
  return success();
}

bool same_place(const PartitionDevice& a, const PartitionDevice& b) {
  return a.number == b.number && a.offset_bytes == b.offset_bytes && a.length_bytes == b.length_bytes;
}

}  // namespace

Result<std::vector<PartitionDevice>> sysfs_partitions(const std::string& sys_root, const std::string& name) {
  const std::string block = sys_root + paths::kSysBlock + "/" + name;
  RESUS_TRY(auto entries, LinuxFileSystem().list(block));
  std::vector<PartitionDevice> found;
  for (const auto& entry : entries) {
    const std::string directory = block + "/" + entry;
    if (::access((directory + "/partition").c_str(), F_OK) != 0) continue;
    // Sectors of 512 bytes, whatever the disk's own are. Source: Documentation/ABI/stable/sysfs-block.
    found.push_back({.path = std::string(paths::kDev) + "/" + entry,
                     .number = static_cast<std::uint32_t>(number(read_attribute(directory + "/partition"))),
                     .offset_bytes = number(read_attribute(directory + "/start")) * 512,
                     .length_bytes = number(read_attribute(directory + "/size")) * 512});
  }
  std::ranges::sort(found, {}, &PartitionDevice::number);
  return found;
}

Result<std::vector<PartitionDevice>> reread_partition_table(const std::string& disk) {
  RESUS_TRY(auto fd, open_file(disk, O_RDONLY, Code::kRead));
  RESUS_TRY(auto name, sysfs_name(fd.get(), disk));
  const int error = ::ioctl(fd.get(), BLKRRPART, 0) == 0 ? 0 : errno;
  if (error == EBUSY) return fail(Code::kConflict, "a partition of " + disk + " is in use");
  if (error == EINVAL) {
    RESUS_TRY(forget_partitions(fd.get(), name, disk));
  } else if (error != 0) {
    return failure(errno_error(Code::kRead, "read the partition table of " + disk + " again", error));
  }
  RESUS_TRY(auto found, sysfs_partitions(paths::kSys, name));
  for (const auto& partition : found) {
    const std::string entry = partition.path.substr(partition.path.rfind('/') + 1);
    RESUS_TRY(make_node(partition.path, read_attribute(std::string(paths::kSys) + paths::kSysBlock + "/" + name + "/" +
                                                       entry + "/dev")));
  }
  return found;
}

Result<PartitionDevice> add_partition_device(const std::string& disk, const PartitionDevice& wanted) {
  RESUS_TRY(auto fd, open_file(disk, O_RDONLY, Code::kRead));
  RESUS_TRY(auto name, sysfs_name(fd.get(), disk));
  const int error = change_partition(fd.get(), BLKPG_ADD_PARTITION, wanted);
  const std::string what = "partition " + std::to_string(wanted.number) + " of " + disk;
  if (error != 0 && error != EBUSY) return failure(errno_error(Code::kWrite, "add " + what, error));
  RESUS_TRY(auto found, sysfs_partitions(paths::kSys, name));
  const auto ours = std::ranges::find_if(found, [&](const auto& p) { return same_place(p, wanted); });
  if (ours == found.end()) return fail(Code::kConflict, what + " would overlap one the kernel knows");
  const std::string entry = ours->path.substr(ours->path.rfind('/') + 1);
  RESUS_TRY(make_node(ours->path,
                      read_attribute(std::string(paths::kSys) + paths::kSysBlock + "/" + name + "/" + entry + "/dev")));
  return *ours;
}

}  // namespace resus::hw
