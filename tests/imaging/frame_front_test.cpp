// The beginning of a frame: the same bytes as the whole gives, however the compressed ones arrive.
#include <gtest/gtest.h>

#include <random>

#include "imaging/frame.hpp"
#include "tests/support/disk_content.hpp"

namespace resus::imaging {
namespace {

/// Gives `compressed` out in pieces of `piece_bytes`.
struct Pieces {
  std::span<const std::byte> left;
  std::size_t piece_bytes;
  std::size_t given = 0;
  Result<std::span<const std::byte>> operator()() {
    const auto piece = left.first(std::min(piece_bytes, left.size()));
    left = left.subspan(piece.size());
    given += piece.size();
    return piece;
  }
};

class FrameFront : public testing::Test {
 protected:
  Result<std::vector<std::byte>> front(std::size_t bytes, std::size_t piece_bytes, std::span<const std::byte> compressed, std::size_t announced = kSegmentBytes) {
    std::vector<std::byte> out(bytes);
    Pieces pieces{.left = compressed, .piece_bytes = piece_bytes};
    RESUS_TRY(decompress_front(announced, std::ref(pieces), out));
    taken_ = pieces.given;
    return out;
  }
  bool is_front(const std::vector<std::byte>& bytes) const { return std::equal(bytes.begin(), bytes.end(), raw_.begin()); }

  const std::vector<std::byte> raw_ = test::mixed_disk(kSegmentBytes, 3);
  const std::vector<BlockId> ids_ = std::vector<BlockId>(kBlocksPerSegment);
  const std::vector<std::byte> compressed_ = FrameCompressor(1).compress(ids_, raw_).value().compressed;
  std::size_t taken_ = 0;
};

TEST_F(FrameFront, IsTheSameAsOfTheWhole) {
  for (const std::size_t bytes : {std::size_t{1}, kBlockBytes, 37 * kBlockBytes, kSegmentBytes - 1, kSegmentBytes}) {
    for (const std::size_t piece_bytes : {std::size_t{18}, std::size_t{4097}, std::size_t{1} << 20}) {
      const auto got = front(bytes, piece_bytes, compressed_);
      ASSERT_TRUE(got) << bytes << " in pieces of " << piece_bytes << ": " << got.error().to_string();
      EXPECT_TRUE(is_front(got.value())) << bytes << " in pieces of " << piece_bytes;
    }
  }
}

TEST_F(FrameFront, TakesNoMoreOfTheFrameThanItNeeds) {
  ASSERT_TRUE(front(kBlockBytes, 4096, compressed_));
  EXPECT_LT(taken_, compressed_.size() / 2);
}

TEST_F(FrameFront, IsRefusedWhereTheFrameIsNotWhatWasAnnounced) {
  EXPECT_EQ(front(kBlockBytes, 4096, compressed_, kSegmentBytes - kBlockBytes).error().code, hw::Code::kEvidenceDamaged);
  const auto cut = std::span(compressed_).first(compressed_.size() / 2);
  EXPECT_EQ(front(kSegmentBytes, 4096, cut).error().code, hw::Code::kEvidenceDamaged);
  EXPECT_EQ(front(kBlockBytes, 4096, {}).error().code, hw::Code::kEvidenceDamaged);
  EXPECT_TRUE(front(kBlockBytes, 4096, compressed_)) << "a frame that failed leaves nothing behind";
}

TEST_F(FrameFront, SurvivesEveryFlippedByte) {
  std::mt19937 random(5);
  for (int i = 0; i < 300; ++i) {
    auto damaged = compressed_;
    damaged[random() % 2000] ^= std::byte{static_cast<unsigned char>(1 + random() % 255)};
    const auto got = front(8 * kBlockBytes, 1 + random() % 5000, damaged);
    EXPECT_TRUE(got || got.error().code == hw::Code::kEvidenceDamaged) << got.error().to_string();
  }
}

}  // namespace
}  // namespace resus::imaging
