#include "imaging/labs/md5_sha1_ni.hpp"

#include <bit>
#include <cstring>
#include <utility>

#include "imaging/sha256_ni.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace resus::imaging::md5_sha1_ni {

#if defined(__x86_64__)
namespace {

#define RESUS_SHA_CODE __attribute__((target("sha,sse4.1,ssse3"), always_inline)) inline

// RFC 1321 section 3.4: the integer part of 2^32 times abs(sin(i + 1)), and how far each step rotates.
constexpr std::array<std::uint32_t, 64> kSines = {
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501, 0x698098d8, 0x8b44f7af, 0xffff5bb1,
    0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821, 0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453,
    0xd8a1e681, 0xe7d3fbc8, 0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a, 0xfffa3942,
    0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70, 0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05,
    0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665, 0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d,
    0x85845dd1, 0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391};
constexpr int kTurns[4][4] = {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};

/// One of MD5's 64 steps.
template <int kStep>
RESUS_SHA_CODE void md5_step(std::array<std::uint32_t, 4>& state, const std::byte* message) {
  constexpr int kRound = kStep / 16;
  constexpr int kWord = kRound == 0 ? kStep : (kRound == 1 ? 5 * kStep + 1 : kRound == 2 ? 3 * kStep + 5 : 7 * kStep) % 16;
  constexpr std::size_t kA = (64 - kStep) % 4;
  const std::uint32_t b = state[(kA + 1) % 4], c = state[(kA + 2) % 4], d = state[(kA + 3) % 4];
  std::uint32_t word;
  std::memcpy(&word, message + 4 * kWord, 4);
  auto a = state[kA] + word + kSines[kStep];
  if constexpr (kRound == 0) {
    a += d ^ (b & (c ^ d));
  } else if constexpr (kRound == 1) {
    a += c & ~d;  // two sums instead of one "or": the first does not wait for b
    a += b & d;
  } else if constexpr (kRound == 2) {
    a += (c ^ d) ^ b;
  } else {
    a += c ^ (b | ~d);
  }
  state[kA] = b + std::rotl(a, kTurns[kRound][kStep % 4]);
}

struct Sha1 {
  __m128i abcd, e[2], words[4];
};

/// Four of SHA-1's 80 rounds, and what the message schedule of later ones needs of them.
template <int kGroup>
RESUS_SHA_CODE void sha1_rounds(Sha1& s) {
  auto& e = s.e[kGroup % 2];
  const auto now = s.words[kGroup % 4];
  e = kGroup == 0 ? _mm_add_epi32(e, now) : _mm_sha1nexte_epu32(e, now);
  s.e[(kGroup + 1) % 2] = s.abcd;
  if constexpr (kGroup >= 3 && kGroup <= 18) s.words[(kGroup + 1) % 4] = _mm_sha1msg2_epu32(s.words[(kGroup + 1) % 4], now);
  s.abcd = _mm_sha1rnds4_epu32(s.abcd, e, kGroup / 5);
  if constexpr (kGroup >= 1 && kGroup <= 16) s.words[(kGroup + 3) % 4] = _mm_sha1msg1_epu32(s.words[(kGroup + 3) % 4], now);
  if constexpr (kGroup >= 2 && kGroup <= 17) s.words[(kGroup + 2) % 4] = _mm_xor_si128(s.words[(kGroup + 2) % 4], now);
}

/// A sixteenth of both: four steps here, four or eight rounds there.
template <int kPart>
RESUS_SHA_CODE void both(std::array<std::uint32_t, 4>& md5, Sha1& sha1, const std::byte* message) {
  constexpr int kGroup = kPart + kPart / 4;
  md5_step<4 * kPart>(md5, message);
  sha1_rounds<kGroup>(sha1);
  md5_step<4 * kPart + 1>(md5, message);
  md5_step<4 * kPart + 2>(md5, message);
  if constexpr (kPart % 4 == 3) sha1_rounds<kGroup + 1>(sha1);
  md5_step<4 * kPart + 3>(md5, message);
}

template <int... kParts>
RESUS_SHA_CODE void message_block(std::array<std::uint32_t, 4>& md5, Sha1& sha1, const std::byte* message, std::integer_sequence<int, kParts...>) {
  (both<kParts>(md5, sha1, message), ...);
}

}  // namespace

bool available() { return sha_ni::available(); }

__attribute__((target("sha,sse4.1,ssse3"))) void compress(std::array<std::uint32_t, 4>& md5, std::array<std::uint32_t, 5>& sha1,
                                                          const std::byte* messages, std::size_t count) {
  const __m128i big_endian = _mm_set_epi64x(0x0001020304050607, 0x08090a0b0c0d0e0f);
  Sha1 s;
  s.abcd = _mm_shuffle_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(sha1.data())), 0x1b);
  s.e[0] = _mm_set_epi32(static_cast<int>(sha1[4]), 0, 0, 0);
  for (; count > 0; --count, messages += 64) {
    const auto abcd = s.abcd, e = s.e[0];
    for (int i = 0; i < 4; ++i)
      s.words[i] = _mm_shuffle_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(messages) + i), big_endian);
    auto state = md5;
    message_block(state, s, messages, std::make_integer_sequence<int, 16>());
    for (std::size_t i = 0; i < md5.size(); ++i) md5[i] += state[i];
    s.e[0] = _mm_sha1nexte_epu32(s.e[0], e);
    s.abcd = _mm_add_epi32(s.abcd, abcd);
  }
  _mm_storeu_si128(reinterpret_cast<__m128i*>(sha1.data()), _mm_shuffle_epi32(s.abcd, 0x1b));
  sha1[4] = static_cast<std::uint32_t>(_mm_extract_epi32(s.e[0], 3));
}

#else

bool available() { return false; }
void compress(std::array<std::uint32_t, 4>&, std::array<std::uint32_t, 5>&, const std::byte*, std::size_t) {}

#endif

}  // namespace resus::imaging::md5_sha1_ni
