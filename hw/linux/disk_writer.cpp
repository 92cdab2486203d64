#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <deque>

#include "hw/linux/disk_transfer.hpp"

namespace resus::hw {
namespace {

// One BLKZEROOUT cannot be interrupted; a slow disk writes this much in seconds.
constexpr std::uint64_t kZeroPieceBytes = 1ull << 30;
constexpr std::size_t kZeroBufferBytes = 1 << 20;

class LinuxDiskWriter : public DiskWriter {
 public:
  LinuxDiskWriter(DiskFile file, IoEngine engine)
      : file_(std::move(file)), queue_(make_io_queue(file_.fd(), IoDirection::kWrite, kQueueDepth, engine)) {}

  const DiskIdentity& identity() const override { return file_.identity(); }
  std::size_t depth() const override { return kQueueDepth; }

  Result<void> submit(std::uint64_t tag, std::uint64_t offset_bytes, std::span<const std::byte> data) override {
    RESUS_TRY(file_.check_range(offset_bytes, data.size(), Code::kWrite));
    if (!data.empty() && file_.fits_queue(offset_bytes, data.data(), data.size())) {
      // The queue of writes only reads from it.
      return queue_->submit({tag, offset_bytes, const_cast<std::byte*>(data.data()), data.size()});
    }
    RESUS_TRY(file_.write_any(offset_bytes, data));
    ready_.push_back(tag);
    return success();
  }

  Result<std::uint64_t> wait() override {
    if (!ready_.empty()) {
      const std::uint64_t tag = ready_.front();
      ready_.pop_front();
      return tag;
    }
    RESUS_TRY(auto done, queue_->wait());
    const IoTask& task = done.task;
    if (done.error == EINVAL && !file_.is_device()) {  // the file system's sectors are larger than 512 bytes
      RESUS_TRY(file_.write_any(task.offset_bytes, {task.data, task.length_bytes}));
      return task.tag;
    }
    if (done.ended) return failure(write_error(task.offset_bytes, ENOSPC));
    if (done.error != 0) return failure(write_error(task.offset_bytes, done.error));
    return task.tag;
  }

  Result<void> zero(std::uint64_t offset_bytes, std::uint64_t length_bytes) override {
    RESUS_TRY(file_.check_range(offset_bytes, length_bytes, Code::kWrite));
    if (length_bytes == 0) return success();
    if (file_.is_device()) return zero_device(offset_bytes, length_bytes);
    if (::fallocate(file_.fd(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(offset_bytes),
                    static_cast<off_t>(length_bytes)) == 0) {
      return success();
    }
    if (errno != EOPNOTSUPP && errno != ENOSYS) return failure(write_error(offset_bytes, errno));
    return write_zeros(offset_bytes, length_bytes);
  }

  Result<void> read_back(std::uint64_t offset_bytes, std::span<std::byte> buffer) override {
    RESUS_TRY(file_.check_range(offset_bytes, buffer.size(), Code::kRead));
    if (!file_.is_device()) {
      // Where O_DIRECT is refused the pages go, so that what comes back comes from below them.
      (void)::posix_fadvise(file_.fd(), static_cast<off_t>(offset_bytes), static_cast<off_t>(buffer.size()),
                            POSIX_FADV_DONTNEED);
    }
    const std::string what = "read back " + identity().path + " at byte " + std::to_string(offset_bytes);
    int error = EINVAL;
    if (file_.fits_queue(offset_bytes, buffer.data(), buffer.size())) error = read_straight(offset_bytes, buffer);
    if (error == EINVAL) error = file_.read_any(offset_bytes, buffer);
    if (error == 0) return success();
    RESUS_TRY(auto status, status_of_read(error, file_.present(), what));
    return fail(status == ReadStatus::kDeviceGone ? Code::kDeviceGone : Code::kRead, what + ": bad sector");
  }

  Result<void> sync() override {
    if (::fdatasync(file_.fd()) != 0) {
      return failure(errno_error(gone() ? Code::kDeviceGone : Code::kWrite, "sync " + identity().path, errno));
    }
    // fdatasync flushed the device's own cache; this one drops the kernel's pages of it.
    if (file_.is_device() && ::ioctl(file_.fd(), BLKFLSBUF, 0) != 0) {
      return failure(errno_error(Code::kWrite, "flush " + identity().path, errno));
    }
    return success();
  }

 private:
  [[nodiscard]] bool gone() const { return !file_.present(); }

  [[nodiscard]] Error write_error(std::uint64_t offset_bytes, int error) const {
    const bool left = error == ENODEV || error == ENXIO || gone();
    return errno_error(left ? Code::kDeviceGone : Code::kWrite,
                       "write " + identity().path + " at byte " + std::to_string(offset_bytes), error);
  }

  [[nodiscard]] int read_straight(std::uint64_t offset_bytes, std::span<std::byte> buffer) const {
    while (!buffer.empty()) {
      const ssize_t n = ::pread(file_.fd(), buffer.data(), buffer.size(), static_cast<off_t>(offset_bytes));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return errno;
      if (n == 0) return EPIPE;
      buffer = buffer.subspan(static_cast<std::size_t>(n));
      offset_bytes += static_cast<std::uint64_t>(n);
    }
    return 0;
  }

  Result<void> zero_device(std::uint64_t offset_bytes, std::uint64_t length_bytes) {
    while (length_bytes > 0) {
      const std::uint64_t piece = std::min(length_bytes, kZeroPieceBytes);
      std::uint64_t range[2] = {offset_bytes, piece};
      if (::ioctl(file_.fd(), BLKZEROOUT, range) != 0) return failure(write_error(offset_bytes, errno));
      offset_bytes += piece;
      length_bytes -= piece;
    }
    return success();
  }

  Result<void> write_zeros(std::uint64_t offset_bytes, std::uint64_t length_bytes) {
    const IoBuffer zeros(kZeroBufferBytes);
    while (length_bytes > 0) {
      const auto piece = static_cast<std::size_t>(std::min<std::uint64_t>(length_bytes, kZeroBufferBytes));
      RESUS_TRY(file_.write_any(offset_bytes, zeros.bytes().first(piece)));
      offset_bytes += piece;
      length_bytes -= piece;
    }
    return success();
  }

  DiskFile file_;  // before the queue, which uses its descriptor to the end
  std::unique_ptr<IoQueue> queue_;
  std::deque<std::uint64_t> ready_;
};

}  // namespace

std::unique_ptr<DiskWriter> make_disk_writer(DiskFile file, IoEngine engine) {
  return std::make_unique<LinuxDiskWriter>(std::move(file), engine);
}

}  // namespace resus::hw
