// Power cuts at every change of the file system.
#include <gtest/gtest.h>

#include "imaging/store.hpp"
#include "tests/support/fake_disk.hpp"
#include "tests/support/store_bench.hpp"

namespace resus::imaging {
namespace {

using test::StoreBench;
constexpr std::size_t kDisk = 2 * kSegmentBytes + 3 * kBlockBytes + 10;

hw::Result<GoldenManifest> import(StoreBench& bench, const std::vector<std::byte>& bytes) {
  test::FakeDisk disk{.identity = {}, .bytes = bytes, .durable = {}};
  disk.identity.size_bytes = bytes.size();
  test::FakeDiskReader reader(disk);
  const ImageDescription what{.name = "ward", .partition_table = "none", .boot_mode = "bios", .partitions = {},
                              .created_at = "2026-11-23T11:00:00.000Z", .tool = "test"};
  return bench.store->import_image(reader, what, bench.key);
}

std::uint64_t stored_blocks(StoreBench& bench) { return bench.store->statistics().value().blocks_known; }

class PowerCut : public testing::TestWithParam<test::TornTail> {};

TEST_P(PowerCut, DuringAnAcquisitionLosesNoAcknowledgedEvidenceAndStoresNothingTwice) {
  const auto disk = test::mixed_disk(kDisk, 1);
  std::size_t stops = 0;
  for (std::size_t n = 0;; ++n, ++stops) {
    SCOPED_TRACE(n);
    StoreBench bench;
    const auto before = bench.files.calls();
    bench.files.lose_power_at(before + n);
    const auto receipt = bench.acquire(disk);
    const bool reached_end = bench.files.calls() <= before + n;
    bench.store.reset();
    if (reached_end) break;
    bench.files.crash(GetParam());
    bench.reopen();
    if (receipt) {
      EXPECT_TRUE(bench.verify(receipt.value().evidence_id).ok());
    }
    const auto again = bench.acquire(disk).value();
    EXPECT_EQ(bench.read(again.evidence_id), disk);
    std::set<BlockId> distinct;
    for (std::uint64_t k = 0; k < segment_count(kDisk); ++k) {
      for (const auto& id : test::offer_of(disk, k).ids) distinct.insert(id);
    }
    EXPECT_EQ(stored_blocks(bench), distinct.size());
  }
  EXPECT_GT(stops, 10u);
}

TEST_P(PowerCut, DuringAnImportLeavesAWholeImageOrNone) {
  const auto golden = test::mixed_disk(kDisk, 2);
  const auto earlier = test::mixed_disk(kDisk, 3);
  for (std::size_t n = 0;; ++n) {
    SCOPED_TRACE(n);
    StoreBench bench;
    const auto evidence = bench.acquire(earlier).value();
    const auto before = bench.files.calls();
    bench.files.lose_power_at(before + n);
    const auto imported = import(bench, golden);
    const bool reached_end = bench.files.calls() <= before + n;
    bench.store.reset();
    if (reached_end) break;
    bench.files.crash(GetParam());
    bench.reopen();
    EXPECT_TRUE(bench.verify(evidence.evidence_id).ok());
    EXPECT_GE(bench.store->images().size(), imported ? 1u : 0u);
    ASSERT_TRUE(import(bench, golden));
    EXPECT_EQ(bench.store->images().size(), 1u);
    EXPECT_TRUE(bench.store->verify_image("ward", {&bench.key.public_key(), 1}).value().ok());
  }
}

TEST_P(PowerCut, WhileTheStoreRecoversIsRecoveredFrom) {
  const auto disk = test::mixed_disk(kDisk, 4);
  for (std::size_t n = 0;; ++n) {
    SCOPED_TRACE(n);
    StoreBench bench;
    {
      const auto sink = bench.begin(disk.size());
      ASSERT_TRUE(test::copy_to(*sink, disk));
      bench.files.sync_all();
      bench.files.lose_power_at(bench.files.calls());
    }
    bench.store.reset();
    bench.files.crash(GetParam());
    const auto before = bench.files.calls();
    bench.files.lose_power_at(before + n);
    const bool opened = Store::open(bench.files, "store", bench.options).has_value();
    bench.files.crash(GetParam());
    bench.reopen();
    test::Copied copied;
    ASSERT_TRUE(bench.acquire(disk, &copied));
    EXPECT_EQ(copied.blocks_sent, 0u);
    if (opened) break;
  }
}
INSTANTIATE_TEST_SUITE_P(Tails, PowerCut,
                         testing::Values(test::TornTail::kNothing, test::TornTail::kHalf, test::TornTail::kZeros));

TEST(FailedWrite, AtAnyPointCanBeTriedAgainInTheSameAcquisition) {
  const auto disk = test::mixed_disk(kDisk, 5);
  for (std::size_t n = 0;; ++n) {
    SCOPED_TRACE(n);
    StoreBench bench;
    const auto before = bench.files.calls();
    bench.files.fail_call(before + n);
    const auto sink = bench.begin(disk.size());
    for (std::uint64_t segment = 0; segment < segment_count(kDisk); ++segment) {
      const auto offer = test::offer_of(disk, segment);
      const auto wanted = sink->offer(offer).value();
      const auto frame = test::frame_of(disk, offer, wanted);
      if (frame && !sink->deliver(*frame)) {
        ASSERT_TRUE(sink->deliver(*frame));
      }
    }
    auto receipt = sink->finish(test::summary_of(disk));
    if (!receipt) receipt = sink->finish(test::summary_of(disk));
    EXPECT_EQ(bench.read(receipt.value().evidence_id), disk);
    if (bench.files.calls() <= before + n) break;
  }
}

}  // namespace
}  // namespace resus::imaging
