#include <cerrno>
#include <deque>

#include "hw/linux/disk_transfer.hpp"

namespace resus::hw {
namespace {

class LinuxDiskReader : public DiskReader {
 public:
  LinuxDiskReader(DiskFile file, IoEngine engine)
      : file_(std::move(file)), queue_(make_io_queue(file_.fd(), IoDirection::kRead, kQueueDepth, engine)) {}

  const DiskIdentity& identity() const override { return file_.identity(); }
  std::size_t depth() const override { return kQueueDepth; }

  Result<void> submit(std::uint64_t tag, std::uint64_t offset_bytes, std::span<std::byte> buffer) override {
    RESUS_TRY(file_.check_range(offset_bytes, buffer.size(), Code::kRead));
    if (!buffer.empty() && file_.fits_queue(offset_bytes, buffer.data(), buffer.size())) {
      return queue_->submit({tag, offset_bytes, buffer.data(), buffer.size()});
    }
    // The end of an image file: rare, so it is read here and now.
    RESUS_TRY(auto status, status_of(file_.read_any(offset_bytes, buffer), offset_bytes));
    ready_.push_back({tag, status});
    return success();
  }

  Result<ReadDone> wait() override {
    if (!ready_.empty()) {
      const ReadDone done = ready_.front();
      ready_.pop_front();
      return done;
    }
    RESUS_TRY(auto done, queue_->wait());
    const IoTask& task = done.task;
    int error = done.ended ? EPIPE : done.error;
    if (error == EINVAL) {  // the file system's own sectors are larger than 512 bytes
      error = file_.read_any(task.offset_bytes, {task.data, task.length_bytes});
    }
    RESUS_TRY(auto status, status_of(error, task.offset_bytes));
    return ReadDone{task.tag, status};
  }

 private:
  [[nodiscard]] Result<ReadStatus> status_of(int error, std::uint64_t offset_bytes) const {
    if (error == 0) return ReadStatus::kOk;
    return status_of_read(error, file_.present(),
                          "read " + file_.identity().path + " at byte " + std::to_string(offset_bytes));
  }

  DiskFile file_;  // before the queue, which uses its descriptor to the end
  std::unique_ptr<IoQueue> queue_;
  std::deque<ReadDone> ready_;
};

}  // namespace

std::unique_ptr<DiskReader> make_disk_reader(DiskFile file, IoEngine engine) {
  return std::make_unique<LinuxDiskReader>(std::move(file), engine);
}

}  // namespace resus::hw
