#pragma once
// Reads or writes of one descriptor, several at a time. For hw/linux only.
#include <cstddef>
#include <cstdint>
#include <memory>

#include "hw/result.hpp"

namespace resus::hw {

enum class IoDirection : std::uint8_t { kRead, kWrite };
enum class IoEngine : std::uint8_t {
  kFastest,  ///< io_uring, or kInOrder where the kernel refuses it
  kInOrder,  ///< pread/pwrite one after the other
};

struct IoTask {
  std::uint64_t tag = 0;
  std::uint64_t offset_bytes = 0;
  std::byte* data = nullptr;  ///< only read from in a queue of writes
  std::size_t length_bytes = 0;
};

struct IoDone {
  IoTask task;
  int error = 0;       ///< errno; 0 when the whole length was transferred
  bool ended = false;  ///< the file ended before the length was reached
};

/// Short transfers are completed and interrupted ones repeated. The destructor waits for what is
/// outstanding, so that no buffer is written to after it. Threads: one.
class IoQueue {
 public:
  virtual ~IoQueue() = default;
  /// Errors: kRead, kWrite (by direction) when it cannot be queued. @pre fewer than depth outstanding.
  [[nodiscard]] virtual Result<void> submit(const IoTask& task) = 0;
  /// Waits for any one. @pre one is outstanding.
  [[nodiscard]] virtual Result<IoDone> wait() = 0;
};

/// The descriptor stays the caller's and must outlive the queue.
[[nodiscard]] std::unique_ptr<IoQueue> make_io_queue(int fd, IoDirection direction, std::size_t depth,
                                                     IoEngine engine);

}  // namespace resus::hw
