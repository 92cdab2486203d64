#include "hw/linux/file_io.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace resus::hw {
namespace {

std::string at(const std::string& name, std::uint64_t offset_bytes) {
  return name + " at byte " + std::to_string(offset_bytes);
}

}  // namespace

Result<UniqueFd> open_file(const std::string& path, int flags, Code code, unsigned mode) {
  int fd = -1;
  do {
    fd = ::open(path.c_str(), flags | O_CLOEXEC, mode);
  } while (fd < 0 && errno == EINTR);
  if (fd < 0) return failure(errno_error(code, "open " + path, errno));
  return UniqueFd(fd);
}

Result<void> read_exact(int fd, std::uint64_t offset_bytes, std::span<std::byte> buffer,
                        const std::string& name) {
  while (!buffer.empty()) {
    const ssize_t n = ::pread(fd, buffer.data(), buffer.size(), static_cast<off_t>(offset_bytes));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failure(errno_error(Code::kRead, "read " + at(name, offset_bytes), errno));
    if (n == 0) return fail(Code::kRead, "read " + at(name, offset_bytes) + ": it ends there");
    buffer = buffer.subspan(static_cast<std::size_t>(n));
    offset_bytes += static_cast<std::uint64_t>(n);
  }
  return success();
}

Result<void> write_all(int fd, std::span<const std::byte> data, const std::string& name) {
  while (!data.empty()) {
    const ssize_t n = ::write(fd, data.data(), data.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failure(errno_error(Code::kWrite, "write " + name, errno));
    data = data.subspan(static_cast<std::size_t>(n));
  }
  return success();
}

Result<void> write_all_at(int fd, std::uint64_t offset_bytes, std::span<const std::byte> data,
                          const std::string& name) {
  while (!data.empty()) {
    const ssize_t n = ::pwrite(fd, data.data(), data.size(), static_cast<off_t>(offset_bytes));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failure(errno_error(Code::kWrite, "write " + at(name, offset_bytes), errno));
    data = data.subspan(static_cast<std::size_t>(n));
    offset_bytes += static_cast<std::uint64_t>(n);
  }
  return success();
}

Result<std::string> read_text(const std::string& path, std::size_t max_bytes) {
  RESUS_TRY(auto fd, open_file(path, O_RDONLY, Code::kRead));
  std::string text;
  std::array<char, 16384> piece;
  for (;;) {
    const ssize_t n = ::read(fd.get(), piece.data(), piece.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failure(errno_error(Code::kRead, "read " + path, errno));
    if (n == 0) return text;
    text.append(piece.data(), static_cast<std::size_t>(n));
    if (text.size() > max_bytes) {
      return fail(Code::kBadInput, path + " is larger than " + std::to_string(max_bytes) + " bytes");
    }
  }
}

std::string read_attribute(const std::string& path) {
  auto text = read_text(path);
  if (!text) return {};
  const std::string_view blank(" \t\r\n\0", 5);
  const auto first = text.value().find_first_not_of(blank);
  if (first == std::string::npos) return {};
  return text.value().substr(first, text.value().find_last_not_of(blank) - first + 1);
}

Result<void> write_attribute(const std::string& path, std::string_view value) {
  RESUS_TRY(auto fd, open_file(path, O_WRONLY, Code::kWrite));
  RESUS_TRY(write_all(fd.get(), std::as_bytes(std::span(value)), path));
  return fd.close();
}

}  // namespace resus::hw
