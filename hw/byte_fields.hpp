#pragma once
// Numbers and texts at fixed places of what devices answer.
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace resus::hw {

/// @pre at + bytes of the number ≤ data.size()
[[nodiscard]] inline std::uint64_t little_endian(std::span<const std::byte> data, std::size_t at, std::size_t bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes; i > 0; --i) value = value << 8 | std::to_integer<std::uint64_t>(data[at + i - 1]);
  return value;
}
[[nodiscard]] inline std::uint64_t big_endian(std::span<const std::byte> data, std::size_t at, std::size_t bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes; ++i) value = value << 8 | std::to_integer<std::uint64_t>(data[at + i]);
  return value;
}
/// Printable ASCII, blanks at both ends gone; any other byte is a "?", and a text of zeros is none.
[[nodiscard]] inline std::string ascii_field(std::span<const std::byte> data, std::size_t at, std::size_t bytes) {
  std::string text;
  for (const auto byte : data.subspan(at, bytes)) {
    const auto c = std::to_integer<unsigned char>(byte);
    text.push_back(c == 0 ? ' ' : c < 0x20 || c > 0x7E ? '?' : static_cast<char>(c));
  }
  const auto first = text.find_first_not_of(' ');
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

}  // namespace resus::hw
