#pragma once
// Owner of one file descriptor.
#include <utility>

#include "hw/result.hpp"

namespace resus::hw {

/// Always opened O_CLOEXEC by whoever makes it. Moved-from and closed objects hold -1.
class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept;
  UniqueFd(const UniqueFd&) = delete;
  UniqueFd& operator=(const UniqueFd&) = delete;
  ~UniqueFd();

  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] bool valid() const { return fd_ >= 0; }
  [[nodiscard]] int release() { return std::exchange(fd_, -1); }
  /// Sets -1 first and never retries EINTR. Errors: kWrite; the descriptor is gone either way.
  [[nodiscard]] Result<void> close();

 private:
  int fd_ = -1;
};

}  // namespace resus::hw
