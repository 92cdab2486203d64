#pragma once
// The SHA-256 compression function by the processor's SHA instructions. Inside of sha256.cpp.
#include <array>
#include <cstddef>
#include <cstdint>

namespace resus::imaging::sha_ni {

using State = std::array<std::uint32_t, 8>;  ///< a…h as in FIPS 180-4

/// @pre for all others: it is true.
[[nodiscard]] bool available();
/// Feeds `blocks` message blocks of 64 bytes to one state.
void compress(State& state, const std::byte* data, std::size_t blocks);
/// Feeds the same message blocks to two states.
void compress_both(State& first, State& second, const std::byte* data, std::size_t blocks);
/// Feeds as many message blocks of their own to each of two states, for little more than the time of one: the processor
/// waits for results, not for room.
void compress_two(State& first, const std::byte* first_data, State& second, const std::byte* second_data, std::size_t blocks);

}  // namespace resus::imaging::sha_ni
