#include "imaging/writable_disk.hpp"

namespace resus::imaging {
namespace {

/// The disk opened must be the disk that was checked: cables are pulled and names reused.
Result<void> still_the_same(const Permit& permit, const hw::DiskIdentity& opened) {
  if (opened.serial == permit.disk_serial && opened.size_bytes == permit.disk_bytes) {
    return hw::success();
  }
  return hw::fail(hw::Code::kDiskChanged, "the disk opened for writing is not the one checked");
}

/// Puts the write block back after a failure, which stays the first error.
hw::Error blocked_again(hw::DiskAccess& access, const std::string& path, hw::Error error) {
  if (auto blocked = access.write_block(path); !blocked) {
    error.secondary.push_back(blocked.error().to_string());
  }
  return error;
}

}  // namespace

Result<WritableDisk> WritableDisk::open(std::string_view permit_envelope,
                                        std::span<const PublicKey> trusted,
                                        const PermitContext& context, hw::DiskAccess& access,
                                        const std::string& path) {
  RESUS_TRY(const auto identity, access.identify(path));
  RESUS_TRY(auto permit, check_permit(permit_envelope, trusted, context, identity));
  auto writer = access.open_writer(path);
  if (!writer) {
    return hw::failure(blocked_again(access, path, std::move(writer).error()));
  }
  if (auto same = still_the_same(permit, writer.value()->identity()); !same) {
    writer.value().reset();
    return hw::failure(blocked_again(access, path, std::move(same).error()));
  }
  return WritableDisk(std::move(permit), std::move(writer).value());
}

}  // namespace resus::imaging
