#include "firmware/agent/mounted.hpp"

#include <algorithm>
#include <utility>

#include "hw/log.hpp"

namespace resus::agent {

namespace {

hw::Result<std::string> device_of(hw::HostControl& host, const std::string& disk, const imaging::Partition& partition) {
  if (partition.number == 0) return disk;
  RESUS_TRY(const auto known, host.reread_partitions(disk));
  for (const auto& device : known) {
    if (device.number != partition.number) continue;
    if (device.offset_bytes == partition.offset_bytes && device.length_bytes == partition.length_bytes) return device.path;
    return hw::fail(hw::Code::kConflict, device.path + " is not where the golden image has it");
  }
  RESUS_TRY(auto added, host.add_partition(disk, partition.number, partition.offset_bytes, partition.length_bytes));
  return std::move(added.path);
}

}  // namespace

hw::Result<void> unmount_leftover(hw::HostControl& host, const std::string& mount_point) {
  const auto left = host.unmount(mount_point);
  if (left) hw::log(hw::LogLevel::kInfo, "agent", "unmounted what an earlier run left at " + mount_point);
  if (!left && left.error().code == hw::Code::kConflict) return left;
  return hw::success();  // nothing was mounted there
}

hw::Result<Mounted> Mounted::open(hw::HostControl& host, const std::string& disk, const imaging::Partition& partition,
                                  const std::string& mount_point) {
  RESUS_TRY(const auto device, device_of(host, disk, partition));
  RESUS_TRY(host.mount({.source = device, .target = mount_point, .file_system = partition.file_system}));
  return Mounted(host, mount_point);
}

Mounted::Mounted(Mounted&& other) noexcept
    : host_(std::exchange(other.host_, nullptr)), mount_point_(std::move(other.mount_point_)) {}

Mounted::~Mounted() {
  if (host_ == nullptr) return;
  if (const auto closed = close(); !closed) hw::log(hw::LogLevel::kError, "agent", closed.error().to_string());
}

hw::Result<void> Mounted::close() {
  auto* host = std::exchange(host_, nullptr);
  return host->unmount(mount_point_);
}

}  // namespace resus::agent
