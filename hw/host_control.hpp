#pragma once
// What init and the agent do to the machine they run on, apart from its disks' bytes.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hw/clock.hpp"
#include "hw/result.hpp"

namespace resus::hw {

/// One partition as the kernel knows it.
struct PartitionDevice {
  std::string path;  ///< "/dev/sda1", "/dev/nvme0n1p1"
  std::uint32_t number = 0;
  std::uint64_t offset_bytes = 0;
  std::uint64_t length_bytes = 0;
};

/// mount(2). "ntfs" is given to ntfs-3g, since the kernel of the boot image has no driver that writes it.
struct MountRequest {
  std::string source;          ///< device, or a word such as "proc"
  std::string target;          ///< is created when missing
  std::string file_system;     ///< "ext4", "vfat", "ntfs", "proc", "tmpfs"…
  bool read_only = false;
  bool no_execute = true;      ///< nosuid, nodev and noexec together: what is mounted is data to us
  std::string options = {};    ///< the file system's own, e.g. "mode=0700"
};

/// Threads: one, unless said otherwise.
class HostControl {
 public:
  virtual ~HostControl() = default;

  /// Errors: kWrite with the kernel's words; kProcess when ntfs-3g fails. Nothing is mounted then.
  [[nodiscard]] virtual Result<void> mount(const MountRequest& request) = 0;
  /// Writes everything out first; never lazy. Errors: kConflict while it is in use.
  [[nodiscard]] virtual Result<void> unmount(const std::string& target) = 0;

  /// Makes the kernel read the partition table again and says what it found, by number. Empty when the
  /// kernel does not know this kind of table (GPT on kernels built without it): see add_partition().
  /// Errors: kConflict while a partition is in use, kRead.
  [[nodiscard]] virtual Result<std::vector<PartitionDevice>> reread_partitions(const std::string& disk) = 0;
  /// Tells the kernel of one partition and waits for its device. One that is already known with the same
  /// place is a success. **Destroys** nothing: the table on the disk is not touched.
  [[nodiscard]] virtual Result<PartitionDevice> add_partition(const std::string& disk, std::uint32_t number,
                                                              std::uint64_t offset_bytes,
                                                              std::uint64_t length_bytes) = 0;

  /// Clean pages, names and inodes are forgotten, so that the next reads come from the devices.
  [[nodiscard]] virtual Result<void> drop_caches() = 0;
  /// Writes everything out, then restarts at once. Returns only on failure.
  [[nodiscard]] virtual Result<void> reboot() = 0;
  /// Writes everything out, then powers off. Returns only on failure.
  [[nodiscard]] virtual Result<void> power_off() = 0;

  /// Lines of the kernel log since the last call (the first call: since boot), without time stamps.
  [[nodiscard]] virtual Result<std::vector<std::string>> kernel_log() = 0;
  /// The kernel's command line as words: "key=value" and plain "word" (value empty).
  [[nodiscard]] virtual Result<std::vector<std::pair<std::string, std::string>>> command_line() = 0;
  /// The host name by which the running system is known.
  [[nodiscard]] virtual Result<void> set_host_name(const std::string& name) = 0;
  [[nodiscard]] virtual Result<void> set_time(UtcTime time) = 0;

  /// Keeps the hardware watchdog from restarting the machine; the first call arms it. Without a watchdog
  /// this does nothing.
  [[nodiscard]] virtual Result<void> pet_watchdog() = 0;
  /// A short tone from the machine, so that it can be found on the bench. Best effort.
  virtual void beep() = 0;
};

/// Value of the last `key=value`; an empty string for the plain word; nothing when absent.
[[nodiscard]] std::optional<std::string> option_of(
    const std::vector<std::pair<std::string, std::string>>& command_line, std::string_view key);
/// Splits a kernel command line; double quotes keep blanks together, as the kernel does.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> parse_command_line(std::string_view text);

}  // namespace resus::hw
