#include "imaging/sha256.hpp"

#include <algorithm>
#include <cstring>

#include "imaging/sha256_ni.hpp"

namespace resus::imaging {
namespace {

constexpr std::size_t kMessageBytes = 64;
constexpr sha_ni::State kInitial = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                    0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

Digest to_digest(const sha_ni::State& state) {
  Digest digest;
  for (std::size_t i = 0; i < state.size(); ++i) {
    const std::uint32_t big_endian = __builtin_bswap32(state[i]);
    std::memcpy(digest.bytes.data() + 4 * i, &big_endian, 4);
  }
  return digest;
}

/// FIPS 180-4 section 5.1.1: what follows the last bytes of a message.
/// @pre rest.size() < 64.
Digest pad_and_finish(sha_ni::State state, std::span<const std::byte> rest,
                      std::uint64_t message_bytes) {
  std::array<std::byte, 2 * kMessageBytes> padded{};
  std::ranges::copy(rest, padded.begin());
  padded[rest.size()] = std::byte{0x80};
  const std::size_t blocks = rest.size() + 9 > kMessageBytes ? 2 : 1;
  const std::uint64_t bits = __builtin_bswap64(message_bytes * 8);
  std::memcpy(padded.data() + blocks * kMessageBytes - 8, &bits, 8);
  sha_ni::compress(state, padded.data(), blocks);
  return to_digest(state);
}

/// The 64-byte pieces that are whole.
std::size_t whole_messages(std::size_t size_bytes) { return size_bytes / kMessageBytes; }

BlockId openssl_id(std::span<const std::byte> block) {
  BlockId id;
  EVP_Digest(block.data(), block.size(), id.bytes.data(), nullptr, EVP_sha256(), nullptr);
  return id;
}

/// Of two whole blocks; what is padded behind them is the same for both.
void two_ids(std::span<const std::byte> data, std::span<BlockId> ids) {
  static constexpr auto kPadding = [] {
    std::array<std::byte, kMessageBytes> padding{};
    padding[0] = std::byte{0x80};
    padding[kMessageBytes - 2] = std::byte{kBlockBytes * 8 >> 8U};
    return padding;
  }();
  static_assert(kBlockBytes % kMessageBytes == 0 && kBlockBytes * 8 % 256 == 0 && kBlockBytes * 8 < 65'536);
  sha_ni::State first = kInitial, second = kInitial;
  sha_ni::compress_two(first, data.data(), second, data.data() + kBlockBytes, kBlockBytes / kMessageBytes);
  sha_ni::compress_both(first, second, kPadding.data(), 1);
  ids[0] = BlockId{to_digest(first)};
  ids[1] = BlockId{to_digest(second)};
}

std::span<const std::byte> block_of(std::span<const std::byte> data, std::size_t index) {
  const auto offset = index * kBlockBytes;
  return data.subspan(offset, std::min(kBlockBytes, data.size() - offset));
}

}  // namespace

ShaEngine best_sha_engine() {
  static const ShaEngine best = sha_ni::available() ? ShaEngine::kShaNi : ShaEngine::kOpenssl;
  return best;
}

FusedSha256::FusedSha256(ShaEngine engine) : engine_(engine), state_(kInitial) {
  if (engine_ == ShaEngine::kOpenssl) {
    linear_.reset(EVP_MD_CTX_new());
    EVP_DigestInit_ex2(linear_.get(), EVP_sha256(), nullptr);
  }
}

void FusedSha256::update(std::span<const std::byte> data, std::span<BlockId> ids) {
  if (engine_ == ShaEngine::kOpenssl) {
    for (std::size_t i = 0; i < ids.size(); ++i) ids[i] = openssl_id(block_of(data, i));
    return update_linear(data);
  }
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const auto block = block_of(data, i);
    const auto messages = whole_messages(block.size());
    const auto rest = block.subspan(messages * kMessageBytes);
    sha_ni::State leaf = kInitial;
    sha_ni::compress_both(leaf, state_, block.data(), messages);
    hashed_bytes_ += messages * kMessageBytes;
    ids[i] = BlockId{pad_and_finish(leaf, rest, block.size())};
    finish_blocks(rest);
  }
}

void FusedSha256::update_linear(std::span<const std::byte> data) {
  if (engine_ == ShaEngine::kOpenssl) {
    EVP_DigestUpdate(linear_.get(), data.data(), data.size());
    return;
  }
  const auto messages = whole_messages(data.size());
  sha_ni::compress(state_, data.data(), messages);
  hashed_bytes_ += messages * kMessageBytes;
  finish_blocks(data.subspan(messages * kMessageBytes));
}

void FusedSha256::finish_blocks(std::span<const std::byte> rest) {
  std::ranges::copy(rest, tail_.begin());
  tail_bytes_ = rest.size();
}

Digest FusedSha256::finish() {
  if (engine_ == ShaEngine::kOpenssl) {
    Digest digest;
    EVP_DigestFinal_ex(linear_.get(), digest.bytes.data(), nullptr);
    return digest;
  }
  return pad_and_finish(state_, std::span(tail_).first(tail_bytes_), hashed_bytes_ + tail_bytes_);
}

void block_ids(std::span<const std::byte> data, std::span<BlockId> ids) {
  const bool fast = best_sha_engine() == ShaEngine::kShaNi;
  std::size_t i = 0;
  for (; fast && (i + 2) * kBlockBytes <= data.size(); i += 2) two_ids(data.subspan(i * kBlockBytes), ids.subspan(i, 2));
  for (; i < ids.size(); ++i) {
    const auto block = block_of(data, i);
    if (!fast) {
      ids[i] = openssl_id(block);
      continue;
    }
    const auto messages = whole_messages(block.size());
    sha_ni::State leaf = kInitial;
    sha_ni::compress(leaf, block.data(), messages);
    ids[i] = BlockId{
        pad_and_finish(leaf, block.subspan(messages * kMessageBytes), block.size())};
  }
}

std::size_t first_wrong_block(std::span<const std::byte> data, std::span<const BlockId> ids) {
  std::array<BlockId, 16> computed;
  const auto there = std::min<std::size_t>(ids.size(), block_count(data.size()));
  for (std::size_t first = 0; first < there; first += computed.size()) {
    const auto wanted = ids.subspan(first, std::min(computed.size(), there - first));
    const auto bytes = data.subspan(first * kBlockBytes);
    block_ids(bytes.first(std::min(bytes.size(), wanted.size() * kBlockBytes)), std::span(computed).first(wanted.size()));
    const auto wrong = std::ranges::mismatch(wanted, computed).in1;
    if (wrong != wanted.end()) return first + static_cast<std::size_t>(wrong - wanted.begin());
  }
  return there;
}

}  // namespace resus::imaging
