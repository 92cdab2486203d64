#include "imaging/sha256_ni.hpp"

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#endif

namespace resus::imaging::sha_ni {

#if defined(__x86_64__)
namespace {

#define RESUS_SHA_CODE __attribute__((target("sha,sse4.1,ssse3"), always_inline)) inline

// FIPS 180-4 section 4.2.2.
alignas(16) constexpr std::uint32_t kRound[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

/// A state in the order the instructions want: {a, b, e, f} and {c, d, g, h}.
struct Lanes {
  __m128i abef, cdgh;
};

RESUS_SHA_CODE Lanes load(const State& state) {
  const auto* words = reinterpret_cast<const __m128i*>(state.data());
  const __m128i badc = _mm_shuffle_epi32(_mm_loadu_si128(words), 0xB1);
  const __m128i hgfe = _mm_shuffle_epi32(_mm_loadu_si128(words + 1), 0x1B);
  return {_mm_alignr_epi8(badc, hgfe, 8), _mm_blend_epi16(hgfe, badc, 0xF0)};
}

RESUS_SHA_CODE void store(State& state, const Lanes& lanes) {
  const __m128i feba = _mm_shuffle_epi32(lanes.abef, 0x1B);
  const __m128i dchg = _mm_shuffle_epi32(lanes.cdgh, 0xB1);
  auto* words = reinterpret_cast<__m128i*>(state.data());
  _mm_storeu_si128(words, _mm_blend_epi16(feba, dchg, 0xF0));
  _mm_storeu_si128(words + 1, _mm_alignr_epi8(dchg, feba, 8));
}

/// Four rounds; `sum` is message words plus round constants.
RESUS_SHA_CODE void four_rounds(Lanes& lanes, __m128i sum) {
  lanes.cdgh = _mm_sha256rnds2_epu32(lanes.cdgh, lanes.abef, sum);
  lanes.abef = _mm_sha256rnds2_epu32(lanes.abef, lanes.cdgh, _mm_shuffle_epi32(sum, 0x0E));
}

/// The next four message words from the sixteen before them.
RESUS_SHA_CODE __m128i next_words(__m128i w0, __m128i w1, __m128i w2, __m128i w3) {
  const __m128i sum = _mm_add_epi32(_mm_sha256msg1_epu32(w0, w1), _mm_alignr_epi8(w3, w2, 4));
  return _mm_sha256msg2_epu32(sum, w3);
}

/// One message block, or one each, into one or two states. Two hide the latency of each other's rounds.
template <int kStates, int kMessages>
RESUS_SHA_CODE void compress_block(Lanes* lanes, const std::byte* const* data) {
  const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
  Lanes before[kStates];
  for (int s = 0; s < kStates; ++s) before[s] = lanes[s];
  __m128i words[kMessages][4];
#pragma GCC unroll 16
  for (int round = 0; round < 16; ++round) {
    const __m128i constants = _mm_load_si128(reinterpret_cast<const __m128i*>(kRound) + round);
    __m128i sum[kMessages];
    for (int m = 0; m < kMessages; ++m) {
      __m128i& word = words[m][round % 4];
      if (round < 4) {
        word = _mm_shuffle_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(data[m]) + round), big_endian);
      } else {
        word = next_words(word, words[m][(round + 1) % 4], words[m][(round + 2) % 4], words[m][(round + 3) % 4]);
      }
      sum[m] = _mm_add_epi32(word, constants);
    }
    for (int s = 0; s < kStates; ++s) four_rounds(lanes[s], sum[s % kMessages]);
  }
  for (int s = 0; s < kStates; ++s) {
    lanes[s].abef = _mm_add_epi32(lanes[s].abef, before[s].abef);
    lanes[s].cdgh = _mm_add_epi32(lanes[s].cdgh, before[s].cdgh);
  }
}

}  // namespace

bool available() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  constexpr unsigned kShaBit = 1U << 29U;  // CPUID leaf 7, EBX; __builtin_cpu_supports has no word for it
  return __builtin_cpu_supports("sse4.1") && __builtin_cpu_supports("ssse3") &&
         __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (b & kShaBit) != 0;
}

__attribute__((target("sha,sse4.1,ssse3"))) void compress(State& state, const std::byte* data,
                                                          std::size_t blocks) {
  Lanes lanes[1] = {load(state)};
  for (; blocks > 0; --blocks, data += 64) compress_block<1, 1>(lanes, &data);
  store(state, lanes[0]);
}

__attribute__((target("sha,sse4.1,ssse3"))) void compress_both(State& first, State& second,
                                                               const std::byte* data,
                                                               std::size_t blocks) {
  Lanes lanes[2] = {load(first), load(second)};
  for (; blocks > 0; --blocks, data += 64) compress_block<2, 1>(lanes, &data);
  store(first, lanes[0]);
  store(second, lanes[1]);
}

__attribute__((target("sha,sse4.1,ssse3"))) void compress_two(State& first, const std::byte* first_data,
                                                              State& second, const std::byte* second_data,
                                                              std::size_t blocks) {
  Lanes lanes[2] = {load(first), load(second)};
  const std::byte* data[2] = {first_data, second_data};
  for (; blocks > 0; --blocks, data[0] += 64, data[1] += 64) compress_block<2, 2>(lanes, data);
  store(first, lanes[0]);
  store(second, lanes[1]);
}

#else

bool available() { return false; }
void compress(State&, const std::byte*, std::size_t) {}
void compress_both(State&, State&, const std::byte*, std::size_t) {}
void compress_two(State&, const std::byte*, State&, const std::byte*, std::size_t) {}

#endif

}  // namespace resus::imaging::sha_ni
