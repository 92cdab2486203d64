#pragma once
// The only way to a writable disk.
#include <memory>

#include "imaging/permit.hpp"

namespace resus::imaging {

/// A disk opened for writing under a permit. Obtaining one is the only place where DiskAccess::open_writer
/// is called (checked by scripts/check-rooms).
class WritableDisk {
 public:
  /// Identifies the disk afresh, checks the permit against it, then opens it.
  /// A disk with a lifted Host Protected Area ends, here, where it will end after the next power cycle; kWrite behind that.
  /// Errors: as check_permit(), kDiskChanged, kWriteBlock. On any error the disk is untouched and still blocked.
  [[nodiscard]] static Result<WritableDisk> open(std::string_view permit_envelope,
                                                 std::span<const PublicKey> trusted, const PermitContext& context,
                                                 hw::DiskAccess& access, const std::string& path);
  [[nodiscard]] hw::DiskWriter& writer() { return *writer_; }
  [[nodiscard]] const Permit& permit() const { return permit_; }
  /// size_bytes is how far may be written.
  [[nodiscard]] const hw::DiskIdentity& identity() const { return writer_->identity(); }

 private:
  WritableDisk(Permit permit, std::unique_ptr<hw::DiskWriter> writer)
      : permit_(std::move(permit)), writer_(std::move(writer)) {}
  Permit permit_;
  std::unique_ptr<hw::DiskWriter> writer_;
};

}  // namespace resus::imaging
