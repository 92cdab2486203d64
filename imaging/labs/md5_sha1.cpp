#include "imaging/labs/md5_sha1.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "imaging/labs/md5_sha1_ni.hpp"
#include "imaging/segment_hasher.hpp"

namespace resus::imaging {
namespace {

constexpr std::size_t kMessageBytes = 64;

template <std::size_t kWords>
std::string hex(const std::array<std::uint32_t, kWords>& state, bool big_endian) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const auto word : state) {
    for (int byte = 0; byte < 4; ++byte) {
      const auto value = word >> (big_endian ? 24 - 8 * byte : 8 * byte) & 0xff;
      text += kDigits[value >> 4];
      text += kDigits[value & 15];
    }
  }
  return text;
}

}  // namespace

Md5Sha1::Md5Sha1() : Md5Sha1(available()) {}

Md5Sha1::Md5Sha1(bool interleaved)
    : md5_{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476}, sha1_{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0} {
  if (interleaved) return;
  plain_md5_ = std::make_unique<LinearHash>(EVP_md5());
  plain_sha1_ = std::make_unique<LinearHash>(EVP_sha1());
}

Md5Sha1::~Md5Sha1() = default;

bool Md5Sha1::available() { return md5_sha1_ni::available(); }

void Md5Sha1::update(std::span<const std::byte> bytes) {
  if (plain_md5_) {
    plain_md5_->update(bytes);
    plain_sha1_->update(bytes);
    return;
  }
  total_bytes_ += bytes.size();
  if (tail_bytes_ > 0) {
    const auto part = bytes.first(std::min(bytes.size(), kMessageBytes - tail_bytes_));
    std::ranges::copy(part, tail_.begin() + static_cast<std::ptrdiff_t>(tail_bytes_));
    tail_bytes_ += part.size();
    bytes = bytes.subspan(part.size());
    if (tail_bytes_ < kMessageBytes) return;
    md5_sha1_ni::compress(md5_, sha1_, tail_.data(), 1);
  }
  const auto messages = bytes.size() / kMessageBytes;
  md5_sha1_ni::compress(md5_, sha1_, bytes.data(), messages);
  const auto rest = bytes.subspan(messages * kMessageBytes);
  std::ranges::copy(rest, tail_.begin());
  tail_bytes_ = rest.size();
}

e01::Hashes Md5Sha1::finish() {
  if (plain_md5_) return {plain_md5_->finish_hex(), plain_sha1_->finish_hex()};
  // Both end with a set bit, zeros, and the length in bits: MD5's is little-endian, SHA-1's is not, so each gets its own.
  std::array<std::byte, 2 * kMessageBytes> padded{};
  std::copy_n(tail_.begin(), tail_bytes_, padded.begin());
  padded[tail_bytes_] = std::byte{0x80};
  const std::size_t messages = tail_bytes_ + 9 > kMessageBytes ? 2 : 1;
  const std::uint64_t bits = total_bytes_ * 8, swapped = __builtin_bswap64(bits);
  const auto md5_before = md5_;
  auto sha1_unused = sha1_;
  std::memcpy(padded.data() + messages * kMessageBytes - 8, &bits, 8);
  md5_sha1_ni::compress(md5_, sha1_unused, padded.data(), messages);
  auto md5_unused = md5_before;
  std::memcpy(padded.data() + messages * kMessageBytes - 8, &swapped, 8);
  md5_sha1_ni::compress(md5_unused, sha1_, padded.data(), messages);
  return {hex(md5_, false), hex(sha1_, true)};
}

}  // namespace resus::imaging
