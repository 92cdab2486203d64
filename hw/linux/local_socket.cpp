#include "hw/linux/local_socket.hpp"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "hw/fd.hpp"

namespace resus::hw {
namespace {

class UnixSocket : public LocalSocket {
 public:
  UnixSocket(UniqueFd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

  Result<void> send(std::span<const std::byte> bytes) override {
    while (!bytes.empty()) {
      const ssize_t put = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) return errno_error(Code::kNetwork, path_ + ": send", errno);
      bytes = bytes.subspan(static_cast<std::size_t>(put));
    }
    return success();
  }

  Result<std::size_t> receive(std::span<std::byte> buffer) override {
    for (;;) {
      const ssize_t got = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
      if (got >= 0) return static_cast<std::size_t>(got);
      if (errno != EINTR) return errno_error(Code::kNetwork, path_ + ": receive", errno);
    }
  }

 private:
  UniqueFd fd_;
  std::string path_;
};

}  // namespace

Result<std::unique_ptr<LocalSocket>> LinuxLocalSockets::connect(const std::string& path, std::chrono::seconds patience) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return fail(Code::kNetwork, path + ": the path of a socket is at most 107 bytes");
  std::memcpy(address.sun_path, path.data(), path.size());
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return errno_error(Code::kNetwork, path + ": socket", errno);
  const timeval wait{.tv_sec = patience.count(), .tv_usec = 0};
  for (const int option : {SO_RCVTIMEO, SO_SNDTIMEO}) {
    if (setsockopt(fd.get(), SOL_SOCKET, option, &wait, sizeof wait) != 0) {
      return errno_error(Code::kNetwork, path + ": time limit", errno);
    }
  }
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    auto error = errno_error(Code::kNetwork, path + ": connect", errno);
    error.code = Code::kNetwork;  // no such socket is a service that does not run
    return hw::failure(std::move(error));
  }
  return std::make_unique<UnixSocket>(std::move(fd), path);
}

}  // namespace resus::hw
