// A store that holds more than its memory index: what was stored once is not asked for again all the same.
#include <gtest/gtest.h>

#include "tests/support/fake_disk.hpp"
#include "tests/support/memory_pieces.hpp"
#include "tests/support/store_bench.hpp"

namespace resus::imaging {
namespace {

/// The least index there is knows 4096 blocks, 16 MiB.
constexpr std::size_t kDisk = 24 * kSegmentBytes;
constexpr std::size_t kPieceBytes = kBlocksPerGroup * kBlockBytes;

class StorePieces : public testing::Test {
 protected:
  StorePieces() {
    bench_.options.index_memory_bytes = 1;
    use_pieces();
  }
  void use_pieces() {
    bench_.options.open_pieces = [this](const std::string&) {
      return Result<std::unique_ptr<KnownPieces>>(std::make_unique<test::MemoryPieces>(content_));
    };
    bench_.reopen();
  }
  std::uint64_t sent(std::span<const std::byte> disk) {
    test::Copied copied;
    const auto receipt = bench_.acquire(disk, &copied).value();
    EXPECT_TRUE(bench_.verify(receipt.evidence_id).ok());
    return copied.blocks_sent;
  }
  std::shared_ptr<test::MemoryPieces::Content> content_ = std::make_shared<test::MemoryPieces::Content>();
  test::StoreBench bench_;
  const std::vector<std::byte> first_ = test::random_bytes(kDisk, 1);
  const std::vector<std::byte> other_ = test::random_bytes(kDisk, 2);
};

TEST_F(StorePieces, WithoutThemAskForMostOfItAgain) {
  bench_.options.open_pieces = {};
  bench_.reopen();
  sent(first_);
  sent(other_);
  EXPECT_GT(sent(first_), kDisk / kBlockBytes / 2);
}

TEST_F(StorePieces, AskForNothingAgainThatMemoryForgot) {
  sent(first_);
  sent(other_);
  EXPECT_EQ(sent(first_), 0u);
  EXPECT_EQ(sent(other_), 0u);
}

TEST_F(StorePieces, NothingRestsOnWhatWasFreedWhenItsEvidenceWasDeleted) {
  for (const bool opened_anew : {false, true}) {
    sent(first_);
    const auto id = bench_.store->evidence().back().id;
    ASSERT_TRUE(bench_.store->delete_evidence(id, {.actor = "a", .reason = "r", .time = "t"}, bench_.key));
    ASSERT_GT(bench_.store->reclaim().value().frames, 0u);
    if (opened_anew) bench_.reopen();
    EXPECT_EQ(sent(first_), kDisk / kBlockBytes) << "opened anew: " << opened_anew;
    ASSERT_TRUE(bench_.store->delete_evidence(bench_.store->evidence().back().id, {.actor = "a", .reason = "r", .time = "t"}, bench_.key));
    ASSERT_TRUE(bench_.store->reclaim());
  }
}

TEST_F(StorePieces, FindThemAtAnotherPlaceOfTheDisk) {
  sent(first_);
  sent(other_);
  auto moved = first_;
  std::ranges::rotate(moved, moved.begin() + 3 * kPieceBytes);
  EXPECT_EQ(sent(moved), 0u);
}

TEST_F(StorePieces, ABlockThatChangedCostsItsPieceAtMost) {
  sent(first_);
  sent(other_);
  auto changed = first_;
  changed[5 * kPieceBytes + 100] ^= std::byte{1};
  const auto blocks = sent(changed);
  EXPECT_GE(blocks, 1u);
  EXPECT_LE(blocks, kBlocksPerGroup);
}

TEST_F(StorePieces, AreEnteredAgainWhenTheIndexWasLost) {
  sent(first_);
  sent(other_);
  content_ = std::make_shared<test::MemoryPieces::Content>();
  use_pieces();
  EXPECT_EQ(sent(first_), 0u);
  EXPECT_EQ(sent(other_), 0u);
}

TEST_F(StorePieces, KnowAGoldenImageThatIsLargerThanMemory) {
  test::FakeDisk disk{.identity = {}, .bytes = first_, .durable = {}};
  disk.identity.size_bytes = kDisk;
  test::FakeDiskReader reader(disk);
  const ImageDescription description{.name = "ward", .partition_table = "none", .boot_mode = "both", .partitions = {},
                                     .created_at = "2026-01-01T00:00:00Z", .tool = "test"};
  ASSERT_TRUE(bench_.store->import_image(reader, description, bench_.key));
  EXPECT_EQ(sent(first_), 0u);
  sent(other_);
  bench_.reopen();
  EXPECT_EQ(sent(first_), 0u);
}

TEST_F(StorePieces, BelieveNoPlaceThatIsNotTrue) {
  sent(other_);
  for (std::size_t at = 0; at < kDisk; at += kPieceBytes) {
    std::array<Digest, kBlocksPerGroup> ids;
    for (std::size_t i = 0; i < ids.size(); ++i) {
      ids[i] = block_id(std::span(first_).subspan(at + i * kBlockBytes, kBlockBytes));
    }
    const auto lie = static_cast<std::uint32_t>(at / kPieceBytes);
    content_->places[tree_node(1, ids)] = {.frame = {.pack = 1 + lie % 3, .frame = lie % 40}, .index = lie % 300};
  }
  EXPECT_EQ(sent(first_), kDisk / kBlockBytes);
}

TEST_F(StorePieces, AreDoneWithoutWhenTheIndexCannotBeRead) {
  sent(first_);
  sent(other_);
  content_->broken = true;
  EXPECT_GT(sent(first_), 0u);
}

}  // namespace
}  // namespace resus::imaging
