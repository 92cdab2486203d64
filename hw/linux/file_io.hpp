#pragma once
// Loops around the system calls that may do less than asked. For hw/linux only.
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "hw/fd.hpp"

namespace resus::hw {

/// open(2) with O_CLOEXEC, repeated on EINTR. Errors: kNotFound, kSpace, `code` for the rest.
[[nodiscard]] Result<UniqueFd> open_file(const std::string& path, int flags, Code code, unsigned mode = 0644);
/// Fills the buffer. Errors: kRead; an early end of file is one.
[[nodiscard]] Result<void> read_exact(int fd, std::uint64_t offset_bytes, std::span<std::byte> buffer,
                                      const std::string& name);
/// Writes at the descriptor's own position. Errors: kSpace, kWrite.
[[nodiscard]] Result<void> write_all(int fd, std::span<const std::byte> data, const std::string& name);
/// Errors: kSpace, kWrite.
[[nodiscard]] Result<void> write_all_at(int fd, std::uint64_t offset_bytes, std::span<const std::byte> data,
                                        const std::string& name);
/// A small text file of /sys or /proc, whose size is not known beforehand. Errors: kNotFound, kRead,
/// kBadInput when larger than max_bytes.
[[nodiscard]] Result<std::string> read_text(const std::string& path, std::size_t max_bytes = 1 << 20);
/// As read_text(), white space at both ends cut off; empty when it cannot be read.
[[nodiscard]] std::string read_attribute(const std::string& path);
/// Writes one value into a file of /sys or /proc. Errors: kNotFound, kWrite.
[[nodiscard]] Result<void> write_attribute(const std::string& path, std::string_view value);

}  // namespace resus::hw
