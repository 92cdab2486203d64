#include "hw/fd.hpp"

#include <unistd.h>

#include <cerrno>

namespace resus::hw {

UniqueFd& UniqueFd::operator=(UniqueFd&& other) noexcept {
  if (this != &other) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

UniqueFd::~UniqueFd() {
  if (fd_ >= 0) ::close(fd_);
}

Result<void> UniqueFd::close() {
  const int fd = std::exchange(fd_, -1);
  if (fd < 0 || ::close(fd) == 0) return success();
  // On Linux the descriptor is gone after EINTR too; a second close could hit somebody else's file.
  if (errno == EINTR) return success();
  return failure(errno_error(Code::kWrite, "close", errno));
}

}  // namespace resus::hw
