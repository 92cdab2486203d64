#pragma once
// Contents for small disks in tests.
#include <openssl/evp.h>

#include <random>
#include <vector>

#include "imaging/block.hpp"

namespace resus::test {

inline std::vector<std::byte> random_bytes(std::size_t count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<std::byte> bytes(count);
  for (auto& byte : bytes) byte = static_cast<std::byte>(random());
  return bytes;
}

/// Data, empty blocks, repeated blocks and a whole empty segment, as on a used disk.
inline std::vector<std::byte> mixed_disk(std::size_t size_bytes, std::uint64_t seed) {
  auto bytes = random_bytes(size_bytes, seed);
  const auto block = [&](std::size_t index) { return bytes.begin() + index * imaging::kBlockBytes; };
  for (std::size_t i = 0; (i + 1) * imaging::kBlockBytes <= size_bytes; ++i) {
    if (i % 11 == 5) std::fill_n(block(i), imaging::kBlockBytes, std::byte{0x42});
    if (i % 7 == 3 || i / imaging::kBlocksPerSegment == 1) std::fill_n(block(i), imaging::kBlockBytes, std::byte{0});
  }
  return bytes;
}

inline imaging::Digest sha256_of(std::span<const std::byte> bytes) {
  imaging::Digest digest;
  EVP_Digest(bytes.data(), bytes.size(), digest.bytes.data(), nullptr, EVP_sha256(), nullptr);
  return digest;
}

/// Root by the plain definition, block by block.
inline imaging::TreeRoot root_of_bytes(std::span<const std::byte> bytes) {
  imaging::TreeBuilder tree(bytes.size());
  for (std::size_t at = 0; at < bytes.size(); at += imaging::kBlockBytes) {
    tree.add(imaging::block_id(bytes.subspan(at, std::min(imaging::kBlockBytes, bytes.size() - at))));
  }
  return tree.finish().value();
}

}  // namespace resus::test
