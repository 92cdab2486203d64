#include <gtest/gtest.h>

#include "imaging/packs.hpp"
#include "tests/support/fake_disk.hpp"
#include "tests/support/store_bench.hpp"

namespace resus::imaging {
namespace {

using test::StoreBench;
constexpr std::size_t kDisk = 3 * kSegmentBytes + 5 * kBlockBytes + 77;

struct Compared {
  StoreBench bench;
  std::vector<std::byte> golden = test::random_bytes(kDisk, 1);
  std::vector<std::byte> disk = golden;
  std::span<std::byte> block(std::size_t index) { return std::span(disk).subspan(index * kBlockBytes, kBlockBytes); }
  void import() {
    test::FakeDisk source{.identity = {}, .bytes = golden, .durable = {}};
    source.identity.size_bytes = golden.size();
    test::FakeDiskReader reader(source);
    ASSERT_TRUE(bench.store->import_image(reader, {.name = "ward", .partition_table = "none", .boot_mode = "bios", .partitions = {},
                                                   .created_at = "2026-11-23T11:00:00.000Z", .tool = "test"}, bench.key));
  }
  Result<Subtraction> subtract() {
    import();
    RESUS_TRY(const auto receipt, bench.acquire(disk));
    return bench.store->subtract(receipt.evidence_id, "ward");
  }
};

std::vector<ByteRange> all_of(const Subtraction& subtraction, Subtracted kind) {
  return subtraction.ranges_in({0, subtraction.disk_bytes()}, kind);
}

TEST(Subtraction, FindsNothingOnTheGoldenDiskItself) {
  const auto result = Compared().subtract().value();
  EXPECT_TRUE(result.all_same({0, kDisk}));
  EXPECT_EQ(result.runs().size(), 1u);
}

TEST(Subtraction, TellsNewFromMovedFromEmptied) {
  Compared compared;
  std::ranges::copy(test::random_bytes(2 * kBlockBytes, 9), compared.block(7).begin());
  std::ranges::copy(std::span(compared.golden).subspan(300 * kBlockBytes, kBlockBytes), compared.block(20).begin());
  std::ranges::fill(compared.block(40), std::byte{0});
  const auto result = compared.subtract().value();
  EXPECT_EQ(all_of(result, Subtracted::kNotGolden), (std::vector<ByteRange>{{7 * kBlockBytes, 2 * kBlockBytes}}));
  EXPECT_EQ(all_of(result, Subtracted::kElsewhere), (std::vector<ByteRange>{{20 * kBlockBytes, kBlockBytes}}));
  EXPECT_EQ(all_of(result, Subtracted::kEmpty), (std::vector<ByteRange>{{40 * kBlockBytes, kBlockBytes}}));
  EXPECT_TRUE(all_of(result, Subtracted::kUnreadable).empty());
}

TEST(Subtraction, CountsPartsOfBlocksAndBehindTheGoldenImage) {
  Compared compared;
  compared.disk.resize(kDisk + kSegmentBytes);
  std::ranges::copy(test::random_bytes(kBlockBytes, 9), compared.block(7).begin());
  const auto result = compared.subtract().value();
  EXPECT_EQ(result.bytes_in({7 * kBlockBytes + 100, 50})[static_cast<std::size_t>(Subtracted::kNotGolden)], 50u);
  EXPECT_FALSE(result.all_same({6 * kBlockBytes, 2 * kBlockBytes}));
  EXPECT_EQ(result.bytes_in({kDisk + kBlockBytes, kSegmentBytes})[static_cast<std::size_t>(Subtracted::kEmpty)],
            kSegmentBytes - kBlockBytes);
}

/// A budget of a few ids asks for hundreds of passes, which must find the same.
TEST(Subtraction, LittleMemoryGivesTheSameResult) {
  Compared compared;
  compared.bench.options.index_memory_bytes = 64;
  compared.bench.reopen();
  std::ranges::copy(std::span(compared.golden).subspan(300 * kBlockBytes, 3 * kBlockBytes), compared.block(20).begin());
  const auto result = compared.subtract().value();
  EXPECT_EQ(all_of(result, Subtracted::kElsewhere), (std::vector<ByteRange>{{20 * kBlockBytes, 3 * kBlockBytes}}));
  EXPECT_TRUE(all_of(result, Subtracted::kNotGolden).empty());
}

TEST(Subtraction, StopsWhenAsked) {
  Compared compared;
  compared.import();
  const auto id = compared.bench.acquire(compared.disk).value().evidence_id;
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(compared.bench.store->subtract(id, "ward", stop.get_token()).error().code, hw::Code::kCancelled);
}

}  // namespace
}  // namespace resus::imaging
