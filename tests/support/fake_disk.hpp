#pragma once
// A disk in memory with bad sectors, a write cache that power loss empties, and a memory of what was asked.
#include <algorithm>
#include <cstring>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>

#include "hw/block_device.hpp"

namespace resus::test {

/// One request as the disk saw it.
struct DiskExtent {
  std::uint64_t offset_bytes = 0;
  std::uint64_t length_bytes = 0;
  auto operator<=>(const DiskExtent&) const = default;
};

/// The order in which queued requests complete. Real disks use any.
enum class Completion { kFirstIn, kLastIn };

/// What the disk is and does. Owned by the test through FakeDiskAccess::add(). Threads: one at a time.
struct FakeDisk {
  hw::DiskIdentity identity;
  std::vector<std::byte> bytes;    ///< what reads give
  std::vector<std::byte> durable;  ///< what is left after power_loss()
  std::set<std::uint64_t> bad_sectors;      ///< numbers of logical sectors; any read that touches one fails
  hw::ReadStatus bad_status = hw::ReadStatus::kBadSector;  ///< how such a read ends
  std::function<void(bool readable)> on_read;              ///< called when a read ends: time may pass
  std::set<std::uint64_t> lying_bytes;      ///< offsets at which written and zeroed bytes come back changed
  std::optional<std::size_t> gone_at_read;  ///< from this read on (counted from 0) the disk has vanished
  std::optional<std::size_t> fail_write;    ///< this write (counted from 0) fails with kWrite
  std::optional<std::size_t> power_fails_at_write;  ///< this write is torn, and later calls all fail
  bool refuses_write_block = false;
  hw::DeviceAnswers answers;                ///< to ask()
  std::optional<std::vector<std::string>> kernel_log = std::vector<std::string>{};  ///< write_errors()
  std::vector<std::string> mounted;
  std::uint64_t foreign_sectors = 0;        ///< written by somebody else
  bool write_blocked = false;
  bool powered = true;
  Completion completion = Completion::kFirstIn;
  std::size_t depth = 8;

  std::vector<DiskExtent> reads;      ///< submitted to readers
  std::vector<DiskExtent> writes;     ///< submitted to writers
  std::vector<DiskExtent> zeroed;
  std::vector<DiskExtent> read_backs;
  std::size_t syncs = 0;
  std::size_t writers_opened = 0;

  void fill(std::uint64_t offset_bytes, std::span<const std::byte> data) {
    std::ranges::copy(data, bytes.begin() + static_cast<std::ptrdiff_t>(offset_bytes));
    durable = bytes;
  }
  /// Forgets what was not synced and comes back, write-block lifted as after any boot.
  void power_loss() {
    bytes = durable;
    powered = true;
    write_blocked = false;
    power_fails_at_write.reset();
  }
  [[nodiscard]] bool readable(std::uint64_t offset_bytes, std::uint64_t length_bytes) const {
    if (length_bytes == 0) return true;
    const auto sector = identity.logical_sector_bytes;
    const auto hit = bad_sectors.lower_bound(offset_bytes / sector);
    return hit == bad_sectors.end() || *hit > (offset_bytes + length_bytes - 1) / sector;
  }
  [[nodiscard]] bool holds(std::uint64_t offset_bytes, std::uint64_t length_bytes) const {
    return offset_bytes <= bytes.size() && length_bytes <= bytes.size() - offset_bytes;
  }
};

class FakeDiskReader : public hw::DiskReader {
 public:
  explicit FakeDiskReader(FakeDisk& disk) : disk_(disk) {}
  [[nodiscard]] const hw::DiskIdentity& identity() const override { return disk_.identity; }
  [[nodiscard]] std::size_t depth() const override { return disk_.depth; }

  [[nodiscard]] hw::Result<void> submit(std::uint64_t tag, std::uint64_t offset_bytes,
                                        std::span<std::byte> buffer) override {
    if (!disk_.holds(offset_bytes, buffer.size())) return hw::fail(hw::Code::kRead, "read past the end");
    if (done_.size() >= disk_.depth) return hw::fail(hw::Code::kRead, "too many requests");
    const bool gone = disk_.gone_at_read && disk_.reads.size() >= *disk_.gone_at_read;
    disk_.reads.push_back({offset_bytes, buffer.size()});
    auto status = hw::ReadStatus::kOk;
    if (gone || !disk_.powered) {
      status = hw::ReadStatus::kDeviceGone;
    } else if (!disk_.readable(offset_bytes, buffer.size())) {
      status = disk_.bad_status;
      std::ranges::fill(buffer, std::byte{0xBD});  // a failed read leaves rubbish, never zeros
    } else {
      std::memcpy(buffer.data(), disk_.bytes.data() + offset_bytes, buffer.size());
    }
    done_.push_back({tag, status});
    return hw::success();
  }

  [[nodiscard]] hw::Result<hw::ReadDone> wait() override {
    if (done_.empty()) return hw::fail(hw::Code::kInternal, "nothing outstanding");
    const bool first = disk_.completion == Completion::kFirstIn;
    const hw::ReadDone done = first ? done_.front() : done_.back();
    first ? done_.pop_front() : done_.pop_back();
    if (disk_.on_read) disk_.on_read(done.status == hw::ReadStatus::kOk);
    return done;
  }

 private:
  FakeDisk& disk_;
  std::deque<hw::ReadDone> done_;
};

class FakeDiskWriter : public hw::DiskWriter {
 public:
  explicit FakeDiskWriter(FakeDisk& disk) : disk_(disk) {}
  [[nodiscard]] const hw::DiskIdentity& identity() const override { return disk_.identity; }
  [[nodiscard]] std::size_t depth() const override { return disk_.depth; }

  [[nodiscard]] hw::Result<void> submit(std::uint64_t tag, std::uint64_t offset_bytes,
                                        std::span<const std::byte> data) override {
    if (!disk_.powered) return hw::fail(hw::Code::kDeviceGone, "the disk has no power");
    if (!disk_.holds(offset_bytes, data.size())) return hw::fail(hw::Code::kWrite, "write past the end");
    if (done_.size() >= disk_.depth) return hw::fail(hw::Code::kWrite, "too many requests");
    const std::size_t number = disk_.writes.size();
    disk_.writes.push_back({offset_bytes, data.size()});
    if (disk_.power_fails_at_write == number) return tear(offset_bytes, data);
    const bool fails = disk_.fail_write == number;
    if (!fails) store(offset_bytes, data);
    done_.emplace_back(tag, fails);
    return hw::success();
  }

  [[nodiscard]] hw::Result<std::uint64_t> wait() override {
    if (done_.empty()) return hw::fail(hw::Code::kInternal, "nothing outstanding");
    const bool first = disk_.completion == Completion::kFirstIn;
    const auto [tag, failed] = first ? done_.front() : done_.back();
    first ? done_.pop_front() : done_.pop_back();
    if (failed) return hw::fail(hw::Code::kWrite, "write " + disk_.identity.path + ": as told");
    return tag;
  }

  [[nodiscard]] hw::Result<void> zero(std::uint64_t offset_bytes, std::uint64_t length_bytes) override {
    if (!disk_.powered) return hw::fail(hw::Code::kDeviceGone, "the disk has no power");
    if (!disk_.holds(offset_bytes, length_bytes)) return hw::fail(hw::Code::kWrite, "zero past the end");
    disk_.zeroed.push_back({offset_bytes, length_bytes});
    std::fill_n(disk_.bytes.begin() + static_cast<std::ptrdiff_t>(offset_bytes), length_bytes, std::byte{0});
    lie(offset_bytes, length_bytes);
    return hw::success();
  }

  [[nodiscard]] hw::Result<void> read_back(std::uint64_t offset_bytes, std::span<std::byte> buffer) override {
    if (!disk_.powered) return hw::fail(hw::Code::kDeviceGone, "the disk has no power");
    if (!disk_.holds(offset_bytes, buffer.size())) return hw::fail(hw::Code::kRead, "read past the end");
    disk_.read_backs.push_back({offset_bytes, buffer.size()});
    std::memcpy(buffer.data(), disk_.bytes.data() + offset_bytes, buffer.size());
    return hw::success();
  }

  [[nodiscard]] hw::Result<void> sync() override {
    if (!disk_.powered) return hw::fail(hw::Code::kDeviceGone, "the disk has no power");
    ++disk_.syncs;
    disk_.durable = disk_.bytes;
    return hw::success();
  }

 private:
  void store(std::uint64_t offset_bytes, std::span<const std::byte> data) {
    std::memcpy(disk_.bytes.data() + offset_bytes, data.data(), data.size());
    lie(offset_bytes, data.size());
  }
  void lie(std::uint64_t offset_bytes, std::uint64_t length_bytes) {
    for (auto at = disk_.lying_bytes.lower_bound(offset_bytes);
         at != disk_.lying_bytes.end() && *at < offset_bytes + length_bytes; ++at) {
      disk_.bytes[*at] ^= std::byte{0x01};
    }
  }
  hw::Result<void> tear(std::uint64_t offset_bytes, std::span<const std::byte> data) {
    const std::size_t sector = disk_.identity.logical_sector_bytes;
    const std::size_t kept = data.size() / 2 / sector * sector;
    std::memcpy(disk_.durable.data() + offset_bytes, data.data(), kept);
    disk_.powered = false;
    return hw::fail(hw::Code::kDeviceGone, "power failed");
  }

  FakeDisk& disk_;
  std::deque<std::pair<std::uint64_t, bool>> done_;
};

/// Threads: one. The disks live as long as the access.
class FakeDiskAccess : public hw::DiskAccess {
 public:
  /// A disk of zeros at "/dev/fake<N>" with serial "FAKE-<N>".
  FakeDisk& add(std::uint64_t size_bytes) {
    const std::string number = std::to_string(disks_.size());
    FakeDisk disk;
    disk.identity = {.path = "/dev/fake" + number, .model = "Fake disk", .serial = "FAKE-" + number, .wwn = {},
                     .firmware = "1", .transport = "sata", .size_bytes = size_bytes};
    disk.bytes.resize(size_bytes);
    disk.durable.resize(size_bytes);
    return disks_.emplace_back(std::move(disk));
  }
  [[nodiscard]] FakeDisk* find(const std::string& path) {
    const auto found = std::ranges::find(disks_, path, [](const FakeDisk& d) { return d.identity.path; });
    return found == disks_.end() ? nullptr : &*found;
  }

  [[nodiscard]] hw::Result<std::vector<hw::DiskIdentity>> list() override {
    std::vector<hw::DiskIdentity> found;
    for (const FakeDisk& disk : disks_) found.push_back(seen(disk));
    return found;
  }
  [[nodiscard]] hw::Result<hw::DiskIdentity> identify(const std::string& path) override {
    RESUS_TRY(FakeDisk * disk, get(path));
    return seen(*disk);
  }
  [[nodiscard]] hw::Result<std::unique_ptr<hw::DiskReader>> open_reader(const std::string& path) override {
    RESUS_TRY(FakeDisk * disk, get(path));
    return std::make_unique<FakeDiskReader>(*disk);
  }
  [[nodiscard]] hw::Result<std::unique_ptr<hw::DiskWriter>> open_writer(const std::string& path) override {
    RESUS_TRY(FakeDisk * disk, get(path));
    disk->write_blocked = false;
    ++disk->writers_opened;
    return std::make_unique<FakeDiskWriter>(*disk);
  }
  [[nodiscard]] hw::Result<void> write_block(const std::string& path) override {
    RESUS_TRY(FakeDisk * disk, get(path));
    if (disk->refuses_write_block) return hw::fail(hw::Code::kWriteBlock, path + " stays writable");
    disk->write_blocked = true;
    return hw::success();
  }
  [[nodiscard]] hw::Result<std::uint64_t> sectors_written(const std::string& path) override {
    RESUS_TRY(FakeDisk * disk, get(path));
    std::uint64_t total = 0;
    for (const DiskExtent& extent : disk->writes) total += extent.length_bytes;
    for (const DiskExtent& extent : disk->zeroed) total += extent.length_bytes;
    return total / 512 + disk->foreign_sectors;
  }
  [[nodiscard]] hw::Result<hw::DeviceAnswers> ask(const std::string& path) override {
    RESUS_TRY(FakeDisk * disk, get(path));
    return disk->answers;
  }
  [[nodiscard]] hw::Result<std::optional<std::vector<std::string>>> write_errors(const std::string& path) override {
    RESUS_TRY(FakeDisk * disk, get(path));
    return disk->kernel_log;
  }
  [[nodiscard]] hw::Result<std::vector<std::string>> mounts(const std::string& path) override {
    RESUS_TRY(FakeDisk * disk, get(path));
    return disk->mounted;
  }

 private:
  [[nodiscard]] hw::Result<FakeDisk*> get(const std::string& path) {
    if (FakeDisk* disk = find(path)) return disk;
    return hw::fail(hw::Code::kNotFound, path);
  }
  [[nodiscard]] static hw::DiskIdentity seen(const FakeDisk& disk) {
    hw::DiskIdentity identity = disk.identity;
    identity.read_only = disk.write_blocked;
    return identity;
  }
  std::deque<FakeDisk> disks_;
};

}  // namespace resus::test
