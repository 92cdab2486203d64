#pragma once
// A plain TCP connection that can say what no well-behaved client says.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <string_view>

namespace resus::test {

class RawConnection {
 public:
  explicit RawConnection(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    const timeval patience{.tv_sec = 10, .tv_usec = 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }
  RawConnection(const RawConnection&) = delete;
  RawConnection& operator=(const RawConnection&) = delete;
  ~RawConnection() { ::close(fd_); }

  [[nodiscard]] bool connected() const { return connected_; }
  void send(std::string_view text) const { (void)!::send(fd_, text.data(), text.size(), MSG_NOSIGNAL); }
  /// Sends `piece` up to `times` times. Returns how often it went out whole before the server refused any more.
  [[nodiscard]] int send_until_refused(std::string_view piece, int times) const {
    for (int sent = 0; sent < times; ++sent) {
      for (auto left = piece; !left.empty();) {
        const auto count = ::send(fd_, left.data(), left.size(), MSG_NOSIGNAL);
        if (count < 0) return sent;
        left.remove_prefix(static_cast<std::size_t>(count));
      }
    }
    return times;
  }
  /// Everything until the server closes.
  [[nodiscard]] std::string rest() const {
    std::string all;
    char piece[4096];
    for (ssize_t got; (got = ::recv(fd_, piece, sizeof piece, 0)) > 0;) all.append(piece, static_cast<std::size_t>(got));
    return all;
  }
  /// What has come once `end` is in it.
  [[nodiscard]] std::string until(std::string_view end) const {
    std::string all;
    char piece[4096];
    while (all.find(end) == std::string::npos) {
      const auto got = ::recv(fd_, piece, sizeof piece, 0);
      if (got <= 0) break;
      all.append(piece, static_cast<std::size_t>(got));
    }
    return all;
  }
  /// True when the server has closed without a further byte; false after a byte, or ten seconds of silence.
  [[nodiscard]] bool closed() const {
    char byte = 0;
    const auto got = ::recv(fd_, &byte, 1, 0);
    return got == 0 || (got < 0 && errno == ECONNRESET);
  }

 private:
  int fd_;
  bool connected_ = false;
};

}  // namespace resus::test
