#pragma once
// A machine that remembers what was done to it.
#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "hw/host_control.hpp"

namespace resus::test {

/// Threads: one.
class FakeHostControl : public hw::HostControl {
 public:
  [[nodiscard]] hw::Result<void> mount(const hw::MountRequest& request) override {
    if (refuse_mount) return hw::fail(hw::Code::kWrite, "mount " + request.source);
    mounts.push_back(request);
    return hw::success();
  }
  [[nodiscard]] hw::Result<void> unmount(const std::string& target) override {
    const auto gone = std::erase_if(mounts, [&](const auto& m) { return m.target == target; });
    if (gone == 0) return hw::fail(hw::Code::kNotFound, "unmount " + target);
    return hw::success();
  }
  [[nodiscard]] hw::Result<std::vector<hw::PartitionDevice>> reread_partitions(const std::string& disk) override {
    ++rereads;
    return partitions[disk];
  }
  [[nodiscard]] hw::Result<hw::PartitionDevice> add_partition(const std::string& disk, std::uint32_t number,
                                                              std::uint64_t offset_bytes,
                                                              std::uint64_t length_bytes) override {
    const hw::PartitionDevice added{disk + std::to_string(number), number, offset_bytes, length_bytes};
    partitions[disk].push_back(added);
    return added;
  }
  [[nodiscard]] hw::Result<void> drop_caches() override {
    ++cache_drops;
    return hw::success();
  }
  [[nodiscard]] hw::Result<void> reboot() override {
    ++reboots;
    return hw::success();
  }
  [[nodiscard]] hw::Result<void> power_off() override {
    ++power_offs;
    return hw::success();
  }
  [[nodiscard]] hw::Result<std::vector<std::string>> kernel_log() override {
    return std::exchange(kernel_lines, {});
  }
  [[nodiscard]] hw::Result<std::vector<std::pair<std::string, std::string>>> command_line() override {
    return hw::parse_command_line(kernel_command_line);
  }
  [[nodiscard]] hw::Result<void> set_host_name(const std::string& name) override {
    host_name = name;
    return hw::success();
  }
  [[nodiscard]] hw::Result<void> set_time(hw::UtcTime time) override {
    time_set = time;
    return hw::success();
  }
  [[nodiscard]] hw::Result<void> pet_watchdog() override {
    ++pets;
    return hw::success();
  }
  void beep() override { ++beeps; }

  std::vector<hw::MountRequest> mounts;  ///< what is mounted now
  std::map<std::string, std::vector<hw::PartitionDevice>> partitions;
  std::vector<std::string> kernel_lines;
  std::string kernel_command_line;
  std::string host_name;
  hw::UtcTime time_set{};
  bool refuse_mount = false;
  int rereads = 0, cache_drops = 0, reboots = 0, power_offs = 0, pets = 0, beeps = 0;
};

}  // namespace resus::test
