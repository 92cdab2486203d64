#pragma once
// Write-blocks every disk before anything can probe it, new ones included.
#include <map>
#include <string>
#include <vector>

#include "hw/block_device.hpp"

namespace resus::firmware {

/// Blocks each disk once: the agent lifts the block of the one disk it has a permit for, and must not find it
/// back. A disk that vanishes and comes back is a new one.
/// Threads: one.
class DiskGuard {
 public:
  explicit DiskGuard(hw::DiskAccess& disks) : disks_(disks) {}

  /// Blocks what is new. Errors: kWriteBlock, kRead; tried again by the next call. Until it succeeds the agent
  /// must not be started.
  [[nodiscard]] hw::Result<void> check();
  /// "vda 512.0 GB, sdb 16.0 GB"; "no disk" when there is none.
  [[nodiscard]] std::string summary() const;

 private:
  hw::DiskAccess& disks_;
  std::map<std::string, hw::DiskIdentity> blocked_;  ///< by path
};

}  // namespace resus::firmware
