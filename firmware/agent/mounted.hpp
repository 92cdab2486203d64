#pragma once
// A partition of the target disk, mounted for as long as the object lives.
#include <string>

#include "hw/host_control.hpp"
#include "imaging/golden_image.hpp"

namespace resus::agent {

/// Unmounts what a killed run left at `mount_point`: a mounted disk can neither be opened for writing nor be proven
/// untouched. Errors: kConflict while something still uses it (tried again).
[[nodiscard]] hw::Result<void> unmount_leftover(hw::HostControl& host, const std::string& mount_point);

class Mounted {
 public:
  /// Makes the kernel know the partition where the signed manifest says it is, and mounts it for writing.
  /// Partition number 0 is the whole disk.
  [[nodiscard]] static hw::Result<Mounted> open(hw::HostControl& host, const std::string& disk,
                                                const imaging::Partition& partition, const std::string& mount_point);
  Mounted(Mounted&& other) noexcept;
  Mounted& operator=(Mounted&&) = delete;
  ~Mounted();
  /// Unmounts; everything is on the device then.
  [[nodiscard]] hw::Result<void> close();

 private:
  Mounted(hw::HostControl& host, std::string mount_point) : host_(&host), mount_point_(std::move(mount_point)) {}
  hw::HostControl* host_;
  std::string mount_point_;
};

}  // namespace resus::agent
