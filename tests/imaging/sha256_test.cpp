#include "imaging/sha256.hpp"

#include <gtest/gtest.h>

#include <random>

namespace resus::imaging {
namespace {

std::vector<std::byte> random_bytes(std::size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<std::byte> bytes(count);
  for (auto& byte : bytes) byte = static_cast<std::byte>(random());
  return bytes;
}

Digest openssl(std::span<const std::byte> data) {
  Digest digest;
  EVP_Digest(data.data(), data.size(), digest.bytes.data(), nullptr, EVP_sha256(), nullptr);
  return digest;
}

std::size_t blocks_of(std::size_t bytes) { return (bytes + kBlockBytes - 1) / kBlockBytes; }

class FusedSha256OfEveryEngine : public testing::TestWithParam<ShaEngine> {
 protected:
  void SetUp() override {
    if (GetParam() == ShaEngine::kShaNi && best_sha_engine() != ShaEngine::kShaNi) {
      GTEST_SKIP() << "this processor has no SHA instructions";
    }
  }
};

TEST_P(FusedSha256OfEveryEngine, AgreesWithOpensslWhateverTheLengthOfTheLastBlock) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{55}, std::size_t{56}, std::size_t{63},
                                 std::size_t{64}, std::size_t{512}, std::size_t{4095}, kBlockBytes,
                                 kBlockBytes + 1, 5 * kBlockBytes + 119, 9 * kBlockBytes}) {
    const auto data = random_bytes(size, static_cast<unsigned>(size));
    std::vector<BlockId> ids(blocks_of(size));
    FusedSha256 fused(GetParam());
    fused.update(data, ids);
    EXPECT_EQ(fused.finish(), openssl(data)) << size << " bytes";
    for (std::size_t i = 0; i < ids.size(); ++i) {
      const auto offset = i * kBlockBytes;
      const auto block = std::span(data).subspan(offset, std::min(kBlockBytes, size - offset));
      EXPECT_EQ(Digest(ids[i]), openssl(block)) << "block " << i << " of " << size << " bytes";
    }
  }
}

TEST_P(FusedSha256OfEveryEngine, GoesOnAcrossCallsAndBlocksWithoutIds) {
  const auto data = random_bytes(8 * kBlockBytes + 700, 8);
  std::vector<BlockId> ids(4);
  FusedSha256 fused(GetParam());
  fused.update(std::span(data).first(3 * kBlockBytes), std::span(ids).first(3));
  fused.update_linear(std::span(data).subspan(3 * kBlockBytes, 5 * kBlockBytes));
  fused.update(std::span(data).subspan(8 * kBlockBytes), std::span(ids).subspan(3));
  EXPECT_EQ(fused.finish(), openssl(data));
  EXPECT_EQ(Digest(ids[3]), openssl(std::span(data).subspan(8 * kBlockBytes)));
}

INSTANTIATE_TEST_SUITE_P(Engines, FusedSha256OfEveryEngine,
                         testing::Values(ShaEngine::kShaNi, ShaEngine::kOpenssl),
                         [](const auto& engine) { return engine.param == ShaEngine::kShaNi ? "ShaNi" : "Openssl"; });

TEST(BlockIds, AreThePlainSha256OfEachBlock) {
  for (const std::size_t length : {std::size_t{10}, kBlockBytes, 2 * kBlockBytes, 2 * kBlockBytes + 10, 5 * kBlockBytes, 37 * kBlockBytes - 1}) {
    const auto data = random_bytes(length, 3);
    std::vector<BlockId> ids(block_count(length));
    block_ids(data, ids);
    for (std::size_t i = 0; i < ids.size(); ++i) {
      EXPECT_EQ(Digest(ids[i]), openssl(std::span(data).subspan(i * kBlockBytes, std::min(kBlockBytes, length - i * kBlockBytes)))) << i << " of " << length;
    }
  }
}

TEST(FirstWrongBlock, IsFoundWhereverItIs) {
  const auto data = random_bytes(36 * kBlockBytes + 100, 4);
  std::vector<BlockId> ids(37);
  block_ids(data, ids);
  EXPECT_EQ(first_wrong_block(data, ids), ids.size());
  EXPECT_EQ(first_wrong_block({}, {}), 0U);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    auto spoilt = data;
    spoilt[std::min(i * kBlockBytes + i * 97, spoilt.size() - 1)] ^= std::byte{1};
    EXPECT_EQ(first_wrong_block(spoilt, ids), i);
    EXPECT_EQ(first_wrong_block(std::span(data).first(i * kBlockBytes), ids), i) << "the rest is missing";
  }
}

}  // namespace
}  // namespace resus::imaging
