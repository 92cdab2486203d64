#include "firmware/agent/disk_choice.hpp"

#include <algorithm>
#include <iterator>

namespace resus::agent {

namespace {

bool is_candidate(const hw::DiskIdentity& disk) {
  return !disk.removable && disk.transport != "usb" && disk.size_bytes > 0;
}

std::string described(const std::vector<hw::DiskIdentity>& disks) {
  std::string text;
  for (const auto& disk : disks) {
    text += (text.empty() ? "" : ", ") + disk.path + " (serial '" + disk.serial + "', " +
            std::to_string(disk.size_bytes) + " bytes)";
  }
  return text.empty() ? "none" : text;
}

}  // namespace

hw::Result<hw::DiskIdentity> choose_disk(const std::vector<hw::DiskIdentity>& disks, const messages::TaskDisk& bound) {
  std::vector<hw::DiskIdentity> found;
  std::copy_if(disks.begin(), disks.end(), std::back_inserter(found), [&](const hw::DiskIdentity& disk) {
    return bound.serial.empty() ? is_candidate(disk) : disk.serial == bound.serial;
  });
  const auto seen = "; present: " + described(disks);
  if (found.size() > 1) return hw::fail(hw::Code::kManyDisks, "which of these? " + described(found));
  if (found.empty() && bound.serial.empty()) return hw::fail(hw::Code::kNotFound, "no fixed disk" + seen);
  if (found.empty()) return hw::fail(hw::Code::kDiskChanged, "disk with serial '" + bound.serial + "' is gone" + seen);
  if (bound.size_bytes != 0 && found.front().size_bytes != bound.size_bytes) {
    return hw::fail(hw::Code::kDiskChanged, "expected " + std::to_string(bound.size_bytes) + " bytes" + seen);
  }
  return found.front();
}

}  // namespace resus::agent
