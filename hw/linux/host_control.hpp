#pragma once
#include "hw/fd.hpp"
#include "hw/host_control.hpp"
#include "hw/process.hpp"

namespace resus::hw {

/// The machine this program runs on. `processes` starts ntfs-3g and must outlive the object.
/// The watchdog stays armed when the object ends: a program that dies must not switch it off.
/// Threads: one.
class LinuxHostControl : public HostControl {
 public:
  explicit LinuxHostControl(Processes& processes) : processes_(processes) {}

  [[nodiscard]] Result<void> mount(const MountRequest& request) override;
  [[nodiscard]] Result<void> unmount(const std::string& target) override;
  [[nodiscard]] Result<std::vector<PartitionDevice>> reread_partitions(const std::string& disk) override;
  [[nodiscard]] Result<PartitionDevice> add_partition(const std::string& disk, std::uint32_t number,
                                                      std::uint64_t offset_bytes, std::uint64_t length_bytes) override;
  [[nodiscard]] Result<void> drop_caches() override;
  [[nodiscard]] Result<void> reboot() override;
  [[nodiscard]] Result<void> power_off() override;
  [[nodiscard]] Result<std::vector<std::string>> kernel_log() override;
  [[nodiscard]] Result<std::vector<std::pair<std::string, std::string>>> command_line() override;
  [[nodiscard]] Result<void> set_host_name(const std::string& name) override;
  [[nodiscard]] Result<void> set_time(UtcTime time) override;
  [[nodiscard]] Result<void> pet_watchdog() override;
  void beep() override;

 private:
  [[nodiscard]] Result<void> mount_ntfs(const MountRequest& request);
  Processes& processes_;
  UniqueFd kernel_log_;
  UniqueFd watchdog_;
};

/// Text of one record of /dev/kmsg: "6,339,5140900,-;message\n KEY=value\n" gives "message".
/// Source: Documentation/ABI/testing/dev-kmsg.
[[nodiscard]] std::string message_of_record(std::string_view record);

}  // namespace resus::hw
