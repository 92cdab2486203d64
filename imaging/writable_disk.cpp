#include "imaging/writable_disk.hpp"

#include <algorithm>

namespace resus::imaging {
namespace {

/// The disk opened must be the disk that was checked: cables are pulled and names reused.
Result<void> still_the_same(const Permit& permit, const hw::DiskIdentity& opened) {
  if (opened.serial == permit.disk_serial && opened.size_bytes == permit.disk_bytes) {
    return hw::success();
  }
  return hw::fail(hw::Code::kDiskChanged, "the disk opened for writing is not the one checked");
}

/// A disk that ends where the permit says. Everybody behind it takes that for the disk's size.
class EndingWriter : public hw::DiskWriter {
 public:
  EndingWriter(std::unique_ptr<hw::DiskWriter> disk, std::uint64_t end_bytes) : disk_(std::move(disk)), identity_(disk_->identity()) {
    identity_.size_bytes = end_bytes;
  }
  [[nodiscard]] const hw::DiskIdentity& identity() const override { return identity_; }
  [[nodiscard]] std::size_t depth() const override { return disk_->depth(); }
  [[nodiscard]] Result<void> submit(std::uint64_t tag, std::uint64_t offset_bytes, std::span<const std::byte> data) override {
    RESUS_TRY(within(offset_bytes, data.size()));
    return disk_->submit(tag, offset_bytes, data);
  }
  [[nodiscard]] Result<std::uint64_t> wait() override { return disk_->wait(); }
  [[nodiscard]] Result<void> zero(std::uint64_t offset_bytes, std::uint64_t length_bytes) override {
    RESUS_TRY(within(offset_bytes, length_bytes));
    return disk_->zero(offset_bytes, length_bytes);
  }
  [[nodiscard]] Result<void> read_back(std::uint64_t offset_bytes, std::span<std::byte> buffer) override {
    return disk_->read_back(offset_bytes, buffer);
  }
  [[nodiscard]] Result<void> sync() override { return disk_->sync(); }

 private:
  [[nodiscard]] Result<void> within(std::uint64_t offset_bytes, std::uint64_t length_bytes) const {
    const auto end = identity_.size_bytes;
    if (offset_bytes <= end && length_bytes <= end - offset_bytes) return hw::success();
    return hw::fail(hw::Code::kWrite, "byte " + std::to_string(offset_bytes) + " and on: the permit ends at byte " + std::to_string(end));
  }
  std::unique_ptr<hw::DiskWriter> disk_;
  hw::DiskIdentity identity_;
};

/// What may be written: as far as the permit says, and no further than lasts. The depot remembers the disk's lasting size from
/// earlier boots; this one's kernel may have seen a smaller one.
std::uint64_t end_of(const Permit& permit, const hw::DiskIdentity& disk) {
  auto end = disk.size_bytes;
  for (const auto lasting : {permit.lasting_bytes, disk.lasting_bytes}) {
    if (lasting != 0) end = std::min(end, lasting);
  }
  return end;
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
  const auto& opened = writer.value()->identity();
  const auto end = end_of(permit, opened);
  if (end < opened.size_bytes) return WritableDisk(std::move(permit), std::make_unique<EndingWriter>(std::move(writer).value(), end));
  return WritableDisk(std::move(permit), std::move(writer).value());
}

}  // namespace resus::imaging
