#include "hw/linux/io_queue.hpp"

#include <liburing.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <deque>
#include <vector>

namespace resus::hw {
namespace {

Code code_of(IoDirection direction) {
  return direction == IoDirection::kRead ? Code::kRead : Code::kWrite;
}

class UringQueue : public IoQueue {
 public:
  UringQueue(int fd, IoDirection direction, std::size_t depth)
      : fd_(fd), direction_(direction), slots_(depth) {
    ready_ = ::io_uring_queue_init(static_cast<unsigned>(depth), &ring_, 0) == 0;
  }
  UringQueue(const UringQueue&) = delete;
  UringQueue& operator=(const UringQueue&) = delete;
  ~UringQueue() override {
    while (outstanding_ > 0) {
      if (!wait()) break;
    }
    if (ready_) ::io_uring_queue_exit(&ring_);
  }
  [[nodiscard]] bool ready() const { return ready_; }

  Result<void> submit(const IoTask& task) override {
    const auto slot = std::ranges::find(slots_, false, &Slot::busy);
    if (slot == slots_.end()) return fail(code_of(direction_), "more requests than the queue holds");
    *slot = Slot{.task = task, .done_bytes = 0, .busy = true};
    auto started = start(*slot);
    if (!started) {
      slot->busy = false;
      return started;
    }
    ++outstanding_;
    return success();
  }

  Result<IoDone> wait() override {
    if (outstanding_ == 0) return fail(Code::kInternal, "nothing outstanding");
    for (;;) {
      io_uring_cqe* completion = nullptr;
      const int waited = ::io_uring_wait_cqe(&ring_, &completion);
      if (waited == -EINTR) continue;
      if (waited < 0) return failure(errno_error(code_of(direction_), "wait for the disk", -waited));
      Slot& slot = *static_cast<Slot*>(::io_uring_cqe_get_data(completion));
      const int result = completion->res;
      ::io_uring_cqe_seen(&ring_, completion);
      if (result > 0) slot.done_bytes += static_cast<std::size_t>(result);
      const bool again = result == -EINTR || result == -EAGAIN ||
                         (result > 0 && slot.done_bytes < slot.task.length_bytes);
      if (again && start(slot)) continue;
      slot.busy = false;
      --outstanding_;
      const int error = again ? EIO : (result < 0 ? -result : 0);
      return IoDone{.task = slot.task, .error = error, .ended = result == 0 && slot.task.length_bytes > 0};
    }
  }

 private:
  struct Slot {
    IoTask task;
    std::size_t done_bytes = 0;
    bool busy = false;
  };

  Result<void> start(Slot& slot) {
    io_uring_sqe* entry = ::io_uring_get_sqe(&ring_);
    if (entry == nullptr) return fail(code_of(direction_), "the disk's queue is full");
    std::byte* data = slot.task.data + slot.done_bytes;
    const auto length = static_cast<unsigned>(slot.task.length_bytes - slot.done_bytes);
    const std::uint64_t offset = slot.task.offset_bytes + slot.done_bytes;
    if (direction_ == IoDirection::kRead) {
      ::io_uring_prep_read(entry, fd_, data, length, offset);
    } else {
      ::io_uring_prep_write(entry, fd_, data, length, offset);
    }
    ::io_uring_sqe_set_data(entry, &slot);
    for (;;) {
      const int submitted = ::io_uring_submit(&ring_);
      if (submitted >= 0) return success();
      if (submitted != -EINTR && submitted != -EAGAIN) {
        return failure(errno_error(code_of(direction_), "submit to the disk", -submitted));
      }
    }
  }

  int fd_;
  IoDirection direction_;
  io_uring ring_{};
  bool ready_ = false;
  std::vector<Slot> slots_;
  std::size_t outstanding_ = 0;
};

class InOrderQueue : public IoQueue {
 public:
  InOrderQueue(int fd, IoDirection direction) : fd_(fd), direction_(direction) {}

  Result<void> submit(const IoTask& task) override {
    tasks_.push_back(task);
    return success();
  }

  Result<IoDone> wait() override {
    if (tasks_.empty()) return fail(Code::kInternal, "nothing outstanding");
    IoDone done{.task = tasks_.front()};
    tasks_.pop_front();
    for (std::size_t at = 0; at < done.task.length_bytes;) {
      const ssize_t n = transfer(done.task, at);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) done.error = errno;
      done.ended = n == 0;
      if (n <= 0) break;
      at += static_cast<std::size_t>(n);
    }
    return done;
  }

 private:
  [[nodiscard]] ssize_t transfer(const IoTask& task, std::size_t at) const {
    const auto offset = static_cast<off_t>(task.offset_bytes + at);
    if (direction_ == IoDirection::kRead) return ::pread(fd_, task.data + at, task.length_bytes - at, offset);
    return ::pwrite(fd_, task.data + at, task.length_bytes - at, offset);
  }

  int fd_;
  IoDirection direction_;
  std::deque<IoTask> tasks_;
};

}  // namespace

std::unique_ptr<IoQueue> make_io_queue(int fd, IoDirection direction, std::size_t depth, IoEngine engine) {
  if (engine == IoEngine::kFastest) {
    auto queue = std::make_unique<UringQueue>(fd, direction, depth);
    if (queue->ready()) return queue;
  }
  return std::make_unique<InOrderQueue>(fd, direction);
}

}  // namespace resus::hw
