#pragma once
// The message blocks of both hashes, step by step in turn. Only md5_sha1.cpp includes it.
#include <array>
#include <cstddef>
#include <cstdint>

namespace resus::imaging::md5_sha1_ni {

/// The SHA instructions are there.
[[nodiscard]] bool available();
/// Goes on with `count` blocks of 64 bytes. @pre available()
void compress(std::array<std::uint32_t, 4>& md5, std::array<std::uint32_t, 5>& sha1, const std::byte* messages, std::size_t count);

}  // namespace resus::imaging::md5_sha1_ni
