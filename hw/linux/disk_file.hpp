#pragma once
// An open disk or image file, and the reads and writes that do not fit its queue. For hw/linux only.
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "hw/block_device.hpp"
#include "hw/fd.hpp"

namespace resus::hw {

/// O_DIRECT where the file system grants it (tmpfs does not), so that a bad sector costs no neighbour
/// and what is read back comes from the device. Threads: one.
class DiskFile {
 public:
  /// `flags` as open(2), without O_DIRECT. Errors: kNotFound, kConflict when somebody else holds it
  /// exclusively, kUsage for what is no disk, `code` otherwise.
  [[nodiscard]] static Result<DiskFile> open(const std::string& path, int flags, Code code);

  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] const DiskIdentity& identity() const { return identity_; }
  [[nodiscard]] bool is_device() const { return identity_.transport != "file"; }
  /// False for what O_DIRECT would refuse; read_any() and write_any() take it all the same.
  [[nodiscard]] bool fits_queue(std::uint64_t offset_bytes, const void* data, std::size_t length_bytes) const;
  /// Errors: `code` when the range leaves the disk.
  [[nodiscard]] Result<void> check_range(std::uint64_t offset_bytes, std::uint64_t length_bytes, Code code) const;

  /// Reads any range past the page cache. Returns 0, or errno; EPIPE when the file ends before.
  [[nodiscard]] int read_any(std::uint64_t offset_bytes, std::span<std::byte> buffer) const;
  /// Image files only: writes any range through the page cache and out to the device at once.
  [[nodiscard]] Result<void> write_any(std::uint64_t offset_bytes, std::span<const std::byte> data) const;
  /// False when the device has left the system or was set offline by its driver.
  [[nodiscard]] bool present() const;

 private:
  DiskFile(UniqueFd fd, DiskIdentity identity, bool direct)
      : fd_(std::move(fd)), identity_(std::move(identity)), direct_(direct) {}
  [[nodiscard]] int read_window(std::uint64_t offset_bytes, std::span<std::byte> part, std::span<std::byte> window) const;
  UniqueFd fd_;
  DiskIdentity identity_;
  bool direct_;
};

/// What an errno of a read means: a medium that cannot give the sectors, or a device that is gone.
/// Anything else is a bad sector only if `device_present`. Nothing for errors of the request itself.
/// Source: Linux block/blk-core.c, blk_errors[]: medium ENODATA, target EREMOTEIO, protection EILSEQ,
/// timeout ETIMEDOUT, transport ENOLINK, offline ENODEV, the rest EIO.
[[nodiscard]] Result<ReadStatus> status_of_read(int error, bool device_present, const std::string& what);

}  // namespace resus::hw
