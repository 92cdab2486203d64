#include "hw/linux/disk_access.hpp"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "hw/linux/device_commands.hpp"
#include "hw/linux/disk_identity.hpp"
#include "hw/linux/disk_transfer.hpp"
#include "hw/linux/file_io.hpp"
#include "hw/linux/kernel_lines.hpp"
#include "hw/linux/paths.hpp"

namespace resus::hw {
namespace {

// O_NONBLOCK: opening must not wait for a drive that is loading or has no medium.
constexpr int kLook = O_RDONLY | O_NONBLOCK;

bool is_image_file(int fd) {
  struct stat status {};
  return ::fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

/// Sets or lifts the kernel's read-only mark. Errors: kWriteBlock.
Result<void> mark_read_only(int fd, bool on, const std::string& path) {
  int value = on ? 1 : 0;
  if (::ioctl(fd, BLKROSET, &value) == 0) return success();
  const std::string what = (on ? "set the write block of " : "lift the write block of ") + path;
  return failure(errno_error(Code::kWriteBlock, what, errno));
}

Result<bool> marked_read_only(int fd, const std::string& path) {
  int value = 0;
  if (::ioctl(fd, BLKROGET, &value) == 0) return value != 0;
  return failure(errno_error(Code::kWriteBlock, "ask for the write block of " + path, errno));
}

Result<void> refuse_mounted(const std::string& name, const std::string& path) {
  RESUS_TRY(auto numbers, device_numbers(paths::kSys, name));
  RESUS_TRY(auto mounts, read_text(paths::kMountInfo));
  if (!is_mounted(mounts, numbers)) return success();
  return fail(Code::kWriteBlock, path + " holds a mounted file system, which would go on writing");
}

Result<DiskFile> open_exclusively(const std::string& path) {
  RESUS_TRY(auto look, open_file(path, kLook, Code::kRead));
  if (!is_image_file(look.get())) return DiskFile::open(path, O_RDWR | O_EXCL, Code::kWrite);
  RESUS_TRY(auto file, DiskFile::open(path, O_RDWR, Code::kWrite));
  if (::flock(file.fd(), LOCK_EX | LOCK_NB) != 0) {
    return fail(Code::kConflict, "open " + path + ": another program holds it");
  }
  return file;
}

}  // namespace

Result<std::vector<DiskIdentity>> LinuxDiskAccess::list() {
  RESUS_TRY(auto names, disk_names(paths::kSys));
  std::vector<DiskIdentity> disks;
  for (const auto& name : names) {
    auto identity = identify(std::string(paths::kDev) + "/" + name);
    // A disk that does not answer is shown with what sysfs knows: it must not vanish from the count.
    if (!identity) identity = sysfs_identity(paths::kSys, name);
    if (identity) disks.push_back(std::move(identity).value());
  }
  return disks;
}

Result<DiskIdentity> LinuxDiskAccess::identify(const std::string& path) {
  RESUS_TRY(auto fd, open_file(path, kLook, Code::kRead));
  return identify_open(fd.get(), path);
}

Result<std::unique_ptr<DiskReader>> LinuxDiskAccess::open_reader(const std::string& path) {
  RESUS_TRY(auto file, DiskFile::open(path, O_RDONLY, Code::kRead));
  return make_disk_reader(std::move(file), engine_);
}

Result<std::unique_ptr<DiskWriter>> LinuxDiskAccess::open_writer(const std::string& path) {
  RESUS_TRY(auto look, open_file(path, kLook, Code::kRead));
  bool was_blocked = false;
  if (!is_image_file(look.get())) {
    RESUS_TRY(auto name, sysfs_name(look.get(), path));  // a partition is refused before anything is lifted
    RESUS_TRY(was_blocked, marked_read_only(look.get(), path));
    if (was_blocked) {
      RESUS_TRY(mark_read_only(look.get(), false, path));
    }
  }
  auto file = open_exclusively(path);
  if (file) return make_disk_writer(std::move(file).value(), engine_);
  Error error = std::move(file).error();
  if (was_blocked) {
    if (auto again = mark_read_only(look.get(), true, path); !again) {
      error.secondary.push_back(again.error().to_string());
    }
  }
  return failure(std::move(error));
}

Result<void> LinuxDiskAccess::write_block(const std::string& path) {
  RESUS_TRY(auto fd, open_file(path, kLook, Code::kWriteBlock));
  if (is_image_file(fd.get())) return success();
  RESUS_TRY(auto name, sysfs_name(fd.get(), path));
  RESUS_TRY(refuse_mounted(name, path));  // before the mark, which would break the system that uses it
  RESUS_TRY(mark_read_only(fd.get(), true, path));
  RESUS_TRY(const bool marked, marked_read_only(fd.get(), path));
  const std::string shown = read_attribute(std::string(paths::kSys) + paths::kSysBlock + "/" + name + "/ro");
  if (marked && shown == "1") return success();
  return fail(Code::kWriteBlock, path + " stays writable after the write block was set");
}

Result<std::uint64_t> LinuxDiskAccess::sectors_written(const std::string& path) {
  RESUS_TRY(auto fd, open_file(path, kLook, Code::kRead));
  if (is_image_file(fd.get())) return std::uint64_t{0};
  RESUS_TRY(auto name, sysfs_name(fd.get(), path));
  RESUS_TRY(auto line, read_text(std::string(paths::kSys) + paths::kSysBlock + "/" + name + "/stat"));
  return written_of_stat(line);
}

Result<DeviceAnswers> LinuxDiskAccess::ask(const std::string& path) {
  RESUS_TRY(auto fd, open_file(path, kLook, Code::kRead));
  if (is_image_file(fd.get())) return DeviceAnswers{};
  RESUS_TRY(auto identity, identify_open(fd.get(), path));
  if (identity.transport == "nvme") return ask_nvme(fd.get());
  if (identity.transport == "virtio" || identity.transport == "loop") return DeviceAnswers{};
  auto answers = ask_ata(fd.get());
  RESUS_TRY(const auto name, sysfs_name(fd.get(), path));
  if (const auto log = kernel_log_text()) answers.lifted_area_lines = lifted_area_lines(*log, name, ata_port(paths::kSys, name));
  return answers;
}

Result<std::optional<std::vector<std::string>>> LinuxDiskAccess::write_errors(const std::string& path) {
  RESUS_TRY(auto fd, open_file(path, kLook, Code::kRead));
  if (is_image_file(fd.get())) return std::optional(std::vector<std::string>{});
  RESUS_TRY(auto name, sysfs_name(fd.get(), path));
  const auto log = kernel_log_text();
  return log ? std::optional(write_error_lines(*log, name)) : std::nullopt;
}

Result<std::vector<std::string>> LinuxDiskAccess::mounts(const std::string& path) {
  RESUS_TRY(auto fd, open_file(path, kLook, Code::kRead));
  if (is_image_file(fd.get())) return std::vector<std::string>{};
  RESUS_TRY(auto name, sysfs_name(fd.get(), path));
  RESUS_TRY(auto numbers, device_numbers(paths::kSys, name));
  RESUS_TRY(auto mounted, read_text(paths::kMountInfo));
  return mounts_of(mounted, numbers);
}

}  // namespace resus::hw
