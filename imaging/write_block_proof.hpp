#pragma once
// That nothing was written to a disk while it was copied: what was true before, what is true after.
#include <optional>
#include <string>
#include <vector>

#include "hw/block_device.hpp"

namespace resus::imaging {

using hw::Result;

/// One copy. Threads: one.
class WriteBlockProof {
 public:
  /// Sets the write block and takes note. The access outlives the proof. Errors: kWriteBlock (also: something of the disk
  /// is mounted, or the kernel does not call the disk read-only), kRead.
  [[nodiscard]] static Result<WriteBlockProof> begin(hw::DiskAccess& disks, const std::string& path);
  /// The disk as it was found before the write block was set.
  [[nodiscard]] const hw::DiskIdentity& disk() const { return before_.identity; }
  /// JSON object `write_block` of the record: method, read-only marks, sectors written and mounts before and after, failed
  /// writes in the kernel's log meanwhile (null where the log may not be read).
  /// @param device_gone  the disk has vanished while its bad places were being read: there is no after, and it says so.
  /// Errors: kDiskChanged: another disk answers to the name. kWriteBlock: a sector was written, something is mounted, the
  /// write block is gone, or a write was tried: the copy must not be called evidence.
  [[nodiscard]] Result<std::string> finish(bool device_gone) const;

 private:
  struct State {
    hw::DiskIdentity identity;
    std::uint64_t sectors_written = 0;
    std::vector<std::string> mounts;
    std::optional<std::vector<std::string>> write_errors;
  };
  WriteBlockProof(hw::DiskAccess& disks, State before, bool image_file)
      : disks_(&disks), before_(std::move(before)), image_file_(image_file) {}
  [[nodiscard]] static Result<State> look(hw::DiskAccess& disks, const std::string& path);
  [[nodiscard]] Result<void> compare(const State& after, std::size_t new_errors) const;

  hw::DiskAccess* disks_;
  State before_;
  bool image_file_;
  bool was_read_only_ = false;
};

}  // namespace resus::imaging
