#include "hw/linux/host_control.hpp"

#include <fcntl.h>
#include <linux/kd.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "hw/linux/file_io.hpp"
#include "hw/linux/file_system.hpp"
#include "hw/linux/partitions.hpp"
#include "hw/linux/paths.hpp"

namespace resus::hw {
namespace {

// One record of /dev/kmsg is never longer. Source: Linux kernel/printk, PRINTKRB_RECORD_MAX.
constexpr std::size_t kRecordBytes = 8192;
// 880 Hz for 200 ms: ticks of the PC's 1,193,180 Hz timer in the low half, milliseconds in the high one.
constexpr unsigned long kTone = (200ul << 16) | (1'193'180 / 880);

std::string describe(const MountRequest& request) {
  return "mount " + request.source + " (" + request.file_system + ") on " + request.target;
}

}  // namespace

Result<void> LinuxHostControl::mount(const MountRequest& request) {
  RESUS_TRY(LinuxFileSystem().make_directories(request.target));
  if (request.file_system == "ntfs") return mount_ntfs(request);
  unsigned long flags = request.read_only ? MS_RDONLY : 0;
  if (request.no_execute) flags |= MS_NOSUID | MS_NODEV | MS_NOEXEC;
  const char* options = request.options.empty() ? nullptr : request.options.c_str();
  if (::mount(request.source.c_str(), request.target.c_str(), request.file_system.c_str(), flags, options) == 0) {
    return success();
  }
  return failure(errno_error(Code::kWrite, describe(request), errno));
}

Result<void> LinuxHostControl::mount_ntfs(const MountRequest& request) {
  std::string options = request.read_only ? "ro" : "rw";
  if (request.no_execute) options += ",nosuid,nodev,noexec";
  if (!request.options.empty()) options += "," + request.options;
  RESUS_TRY(auto output, processes_.run({.argv = {paths::kNtfs3g, "-o", options, request.source, request.target}}));
  if (output.exit_status == 0) return success();
  return fail(Code::kProcess, describe(request) + ": " + output.err);
}

Result<void> LinuxHostControl::unmount(const std::string& target) {
  if (::umount2(target.c_str(), UMOUNT_NOFOLLOW) == 0) return success();
  return failure(errno_error(errno == EBUSY ? Code::kConflict : Code::kWrite, "unmount " + target, errno));
}

Result<std::vector<PartitionDevice>> LinuxHostControl::reread_partitions(const std::string& disk) {
  return reread_partition_table(disk);
}

Result<PartitionDevice> LinuxHostControl::add_partition(const std::string& disk, std::uint32_t number,
                                                        std::uint64_t offset_bytes, std::uint64_t length_bytes) {
  return add_partition_device(
      disk, {.path = {}, .number = number, .offset_bytes = offset_bytes, .length_bytes = length_bytes});
}

Result<void> LinuxHostControl::drop_caches() {
  ::sync();  // only clean pages go
  return write_attribute(paths::kDropCaches, "3");
}

Result<void> LinuxHostControl::reboot() {
  ::sync();
  ::reboot(RB_AUTOBOOT);
  return failure(errno_error(Code::kInternal, "restart the machine", errno));
}

Result<void> LinuxHostControl::power_off() {
  ::sync();
  ::reboot(RB_POWER_OFF);
  return failure(errno_error(Code::kInternal, "power off the machine", errno));
}

Result<std::vector<std::string>> LinuxHostControl::kernel_log() {
  if (!kernel_log_.valid()) {
    RESUS_TRY(kernel_log_, open_file(paths::kKernelLog, O_RDONLY | O_NONBLOCK, Code::kRead));
  }
  std::vector<std::string> lines;
  std::array<char, kRecordBytes> record;
  for (;;) {
    const ssize_t n = ::read(kernel_log_.get(), record.data(), record.size());
    if (n > 0) {
      lines.push_back(message_of_record({record.data(), static_cast<std::size_t>(n)}));
    } else if (n == 0 || errno == EAGAIN) {
      return lines;
    } else if (errno != EINTR && errno != EPIPE) {  // EPIPE: older lines were overwritten, reading goes on
      return failure(errno_error(Code::kRead, "read the kernel log", errno));
    }
  }
}

Result<std::vector<std::pair<std::string, std::string>>> LinuxHostControl::command_line() {
  RESUS_TRY(auto text, read_text(paths::kCommandLine));
  return parse_command_line(text);
}

Result<void> LinuxHostControl::set_host_name(const std::string& name) {
  if (::sethostname(name.data(), name.size()) == 0) return success();
  return failure(errno_error(Code::kWrite, "set the host name " + name, errno));
}

Result<void> LinuxHostControl::set_time(UtcTime time) {
  const auto ms = time.time_since_epoch().count();
  const timespec value{.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1'000'000};
  if (::clock_settime(CLOCK_REALTIME, &value) == 0) return success();
  return failure(errno_error(Code::kWrite, "set the clock", errno));
}

Result<void> LinuxHostControl::pet_watchdog() {
  if (!watchdog_.valid()) {
    auto opened = open_file(paths::kWatchdog, O_WRONLY, Code::kWrite);
    if (!opened && opened.error().code == Code::kNotFound) return success();
    RESUS_TRY(watchdog_, std::move(opened));
  }
  // Any character but 'V', which would let a close switch it off.
  return write_all(watchdog_.get(), std::as_bytes(std::span("p", 1)), paths::kWatchdog);
}

void LinuxHostControl::beep() {
  const auto console = open_file(paths::kConsole, O_WRONLY | O_NOCTTY | O_NONBLOCK, Code::kWrite);
  if (!console) return;
  if (::ioctl(console.value().get(), KDMKTONE, kTone) == 0) return;
  (void)!::write(console.value().get(), "\a", 1);  // a serial console: the terminal at its end may ring
}

std::string message_of_record(std::string_view record) {
  const auto start = record.find(';');
  if (start == std::string_view::npos) return {};
  const auto text = record.substr(start + 1);
  return std::string(text.substr(0, text.find('\n')));
}

}  // namespace resus::hw
