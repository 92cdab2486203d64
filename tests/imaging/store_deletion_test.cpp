// Holds, deletion, and what it frees: also with a power cut at every change of the file system.
#include <gtest/gtest.h>
#include <zstd.h>

#include "imaging/store.hpp"
#include "tests/support/fake_disk.hpp"
#include "tests/support/store_bench.hpp"

namespace resus::imaging {
namespace {

using test::StoreBench;
/// Two segments in common, one of its own, and a short one.
constexpr std::size_t kDisk = 3 * kSegmentBytes + 3 * kBlockBytes + 10;
const Hold kBy{.actor = "K. Meier", .reason = "the case is closed", .time = "2026-11-25T10:00:00.000Z"};

/// Two disks that have their first two segments in common.
std::vector<std::byte> first_disk() { return test::random_bytes(kDisk, 1); }
std::vector<std::byte> second_disk() {
  auto disk = test::random_bytes(kDisk, 2);
  const auto common = first_disk();
  std::copy_n(common.begin(), 2 * kSegmentBytes, disk.begin());
  return disk;
}

std::string pack_of(StoreBench& bench, int number) { return *bench.files.content("store/packs/0000000" + std::to_string(number) + ".zst"); }
bool decodes(const std::string& pack) {
  std::string raw(kDisk, '\0');
  return !ZSTD_isError(ZSTD_decompress(raw.data(), raw.size(), pack.data(), pack.size()));
}
bool holds_segment(StoreBench& bench, const std::vector<std::byte>& disk, std::size_t segment) {
  // Random blocks do not compress: they stand in the pack as they are.
  const std::string_view needle(reinterpret_cast<const char*>(disk.data() + segment * kSegmentBytes), 512);
  for (int number = 1; number <= 2; ++number) {
    const auto pack = bench.files.content("store/packs/0000000" + std::to_string(number) + ".zst");
    if (pack && pack->find(needle) != std::string::npos) return true;
  }
  return false;
}

TEST(Deletion, FreesWhatNobodyElseNeedsAndNothingMore) {
  StoreBench bench;
  const auto first = bench.acquire(first_disk()).value(), second = bench.acquire(second_disk()).value();
  ASSERT_TRUE(holds_segment(bench, first_disk(), 2));
  ASSERT_TRUE(bench.store->delete_evidence(first.evidence_id, kBy, bench.key));
  const auto freed = bench.store->reclaim().value();
  EXPECT_EQ(freed.frames, 2u) << "segment 2 and the short one; 0 and 1 are the second disk's, too";
  EXPECT_GT(freed.bytes, kSegmentBytes);
  EXPECT_FALSE(holds_segment(bench, first_disk(), 2));
  EXPECT_EQ(bench.read(second.evidence_id), second_disk());
  EXPECT_TRUE(bench.verify(second.evidence_id).ok());
  EXPECT_TRUE(bench.store->scrub().value().ok());
  bench.reopen();
  EXPECT_TRUE(bench.verify(second.evidence_id).ok());
  EXPECT_TRUE(bench.store->scrub().value().ok());
}

TEST(Deletion, IsNothingThatASearchCouldNotSee) {
  StoreBench bench;
  const auto first = bench.acquire(first_disk()).value(), second = bench.acquire(second_disk()).value();
  ASSERT_TRUE(bench.store->delete_evidence(first.evidence_id, kBy, bench.key));
  ASSERT_TRUE(bench.store->reclaim());
  for (const bool again : {false, true}) {
    if (again) bench.reopen();
    const auto disk = first_disk();
    const auto common = std::span(disk).first(kBlockBytes);
    const auto by_id = bench.store->find_block(block_id(common)).value();
    ASSERT_EQ(by_id.disks.size(), 1u);
    EXPECT_EQ(by_id.disks[0].disk.id, second.evidence_id);
    const auto by_bytes = bench.store->find_bytes(std::string(reinterpret_cast<const char*>(common.data()), 40)).value();
    EXPECT_EQ(by_bytes.disks.size(), 1u);
    EXPECT_FALSE(by_id.not_searched.any() || by_bytes.not_searched.any()) << "what was given back is on no disk";
  }
}

TEST(Deletion, LeavesARecordAndATombstoneThatSayWhoAndWhy) {
  StoreBench bench;
  const auto id = bench.acquire(first_disk()).value().evidence_id;
  ASSERT_TRUE(bench.store->delete_evidence(id, kBy, bench.key));
  for (int opened = 0; opened < 2; ++opened) {
    EXPECT_TRUE(bench.store->evidence().empty());
    EXPECT_EQ(bench.store->open_evidence(id).error().code, hw::Code::kNotFound);
    EXPECT_NE(bench.store->find_evidence(id).error().context.find("the case is closed"), std::string::npos);
    ASSERT_EQ(bench.store->deleted_evidence().size(), 1u);
    EXPECT_EQ(bench.store->deleted_evidence()[0].by.actor, "K. Meier");
    EXPECT_EQ(bench.store->deleted_evidence()[0].record.disk_bytes, kDisk);
    bench.reopen();
  }
  const auto envelope = *bench.files.content("store/evidence/" + id + "/deleted.json");
  EXPECT_TRUE(open_envelope(envelope, Purpose::kDeletion, {&bench.key.public_key(), 1}, hw::Code::kEvidenceDamaged));
}

TEST(Deletion, IsRefusedWhileTheEvidenceIsHeldAlsoByAFileNobodyCanRead) {
  StoreBench bench;
  const auto id = bench.acquire(first_disk()).value().evidence_id;
  ASSERT_TRUE(bench.store->hold_evidence(id, {.actor = "court", .reason = "case 12", .time = "t"}, bench.key));
  ASSERT_TRUE(bench.store->hold_evidence(id, {.actor = "insurer", .reason = "claim", .time = "t"}, bench.key));
  bench.reopen();
  const auto kept = bench.store->delete_evidence(id, kBy, bench.key);
  EXPECT_EQ(kept.error().code, hw::Code::kEvidenceKept);
  EXPECT_NE(kept.error().context.find("case 12"), std::string::npos);
  EXPECT_EQ(bench.store->holds(id).value().size(), 2u);
  ASSERT_TRUE(bench.files.replace("store/evidence/" + id + "/holds.json", "torn"));
  EXPECT_EQ(bench.store->delete_evidence(id, kBy, bench.key).error().code, hw::Code::kEvidenceKept);
  ASSERT_TRUE(bench.store->lift_holds(id, kBy, bench.key));
  EXPECT_EQ(bench.store->lift_holds(id, kBy, bench.key).error().code, hw::Code::kConflict);
  EXPECT_TRUE(bench.store->delete_evidence(id, kBy, bench.key));
}

TEST(Deletion, WhatWasFreedIsAskedForAgain) {
  StoreBench bench;
  ASSERT_TRUE(bench.store->delete_evidence(bench.acquire(first_disk()).value().evidence_id, kBy, bench.key));
  ASSERT_TRUE(bench.store->reclaim());
  test::Copied copied;
  const auto again = bench.acquire(first_disk(), &copied).value();
  EXPECT_EQ(copied.blocks_sent, block_count(kDisk));
  EXPECT_EQ(bench.read(again.evidence_id), first_disk());
}

TEST(Deletion, FreesNothingWhileAnAcquisitionMayRestOnIt) {
  StoreBench bench;
  const auto id = bench.acquire(first_disk()).value().evidence_id;
  const auto sink = bench.begin(kDisk);
  ASSERT_EQ(test::copy_to(*sink, first_disk()).value().blocks_sent, 0u) << "all of it is known";
  ASSERT_TRUE(bench.store->delete_evidence(id, kBy, bench.key));
  EXPECT_TRUE(bench.store->reclaim().value().waiting);
  const auto again = sink->finish(test::summary_of(first_disk())).value();
  EXPECT_EQ(bench.read(again.evidence_id), first_disk());
}

TEST(Deletion, FreesNothingWhenTheMapOfOtherEvidenceCannotBeRead) {
  StoreBench bench;
  const auto first = bench.acquire(first_disk()).value(), second = bench.acquire(second_disk()).value();
  const auto map = "store/evidence/" + second.evidence_id + "/map";
  const auto good = *bench.files.content(map);
  bench.files.flip_byte(map, 40);
  ASSERT_TRUE(bench.store->delete_evidence(first.evidence_id, kBy, bench.key));
  EXPECT_EQ(bench.store->reclaim().error().code, hw::Code::kEvidenceDamaged);
  ASSERT_TRUE(bench.files.replace(map, good));
  EXPECT_EQ(bench.store->reclaim().value().frames, 2u);
  EXPECT_EQ(bench.read(second.evidence_id), second_disk());
}

TEST(Deletion, OfEvidenceThatRestsOnAGoldenImageLeavesTheImageWhole) {
  StoreBench bench;
  const auto bytes = test::mixed_disk(kDisk, 2);
  test::FakeDisk disk{.identity = {}, .bytes = bytes, .durable = {}};
  disk.identity.size_bytes = bytes.size();
  test::FakeDiskReader reader(disk);
  ASSERT_TRUE(bench.store->import_image(reader, {.name = "ward", .partition_table = "none", .boot_mode = "bios", .partitions = {},
                                                 .created_at = "2026-11-23T11:00:00.000Z", .tool = "test"}, bench.key));
  ASSERT_TRUE(bench.store->delete_evidence(bench.acquire(bytes).value().evidence_id, kBy, bench.key));
  ASSERT_TRUE(bench.store->reclaim());
  EXPECT_TRUE(bench.store->verify_image("ward", {&bench.key.public_key(), 1}).value().ok());
}

TEST(Deletion, APackWithFreedFramesIsStillReadByAnyZstdDecoderAndWithoutItsSeekTable) {
  StoreBench bench;
  const auto first = bench.acquire(first_disk()).value(), second = bench.acquire(second_disk()).value();
  ASSERT_TRUE(bench.store->delete_evidence(first.evidence_id, kBy, bench.key));
  ASSERT_TRUE(bench.store->reclaim());
  const auto pack = pack_of(bench, 1);
  std::string raw(kDisk, '\0');
  const auto size = ZSTD_decompress(raw.data(), raw.size(), pack.data(), pack.size());
  ASSERT_FALSE(ZSTD_isError(size)) << ZSTD_getErrorName(size);
  EXPECT_EQ(size, 2 * kSegmentBytes) << "what is left";
  bench.store.reset();
  bench.files.flip_byte("store/packs/00000001.zst", pack.size() - 1);
  bench.reopen();
  EXPECT_TRUE(bench.verify(second.evidence_id).ok());
}

class DeletionPowerCut : public testing::TestWithParam<test::TornTail> {};

TEST_P(DeletionPowerCut, AtAnyPointLeavesOtherEvidenceWholeAndEndsInTheSamePlace) {
  std::size_t stops = 0;
  for (std::size_t n = 0;; ++n, ++stops) {
    SCOPED_TRACE(n);
    StoreBench bench;
    const auto first = bench.acquire(first_disk()).value(), second = bench.acquire(second_disk()).value();
    const auto before = bench.files.calls();
    bench.files.lose_power_at(before + n);
    const auto deleted = bench.store->delete_evidence(first.evidence_id, kBy, bench.key);
    if (deleted) (void)bench.store->reclaim();
    const bool reached_end = bench.files.calls() <= before + n;
    bench.store.reset();
    bench.files.crash(GetParam());
    EXPECT_TRUE(decodes(pack_of(bench, 1))) << "also before anybody of ours has looked at it again";
    bench.reopen();
    EXPECT_TRUE(bench.verify(second.evidence_id).ok());
    EXPECT_TRUE(bench.store->scrub().value().ok());
    const bool gone = !bench.store->find_evidence(first.evidence_id);
    EXPECT_TRUE(gone || !deleted) << "what was answered is done";
    if (!gone) {
      EXPECT_TRUE(bench.verify(first.evidence_id).ok()) << "either whole or deleted";
      ASSERT_TRUE(bench.store->delete_evidence(first.evidence_id, kBy, bench.key));
      ASSERT_TRUE(bench.store->reclaim());
    }
    EXPECT_FALSE(holds_segment(bench, first_disk(), 2));
    EXPECT_TRUE(bench.store->deleted_evidence().at(0).freed);
    EXPECT_TRUE(bench.verify(second.evidence_id).ok());
    const auto again = bench.acquire(first_disk()).value();
    EXPECT_EQ(bench.read(again.evidence_id), first_disk());
    if (reached_end) break;
  }
  EXPECT_GT(stops, 10u);
}
INSTANTIATE_TEST_SUITE_P(Tails, DeletionPowerCut,
                         testing::Values(test::TornTail::kNothing, test::TornTail::kHalf, test::TornTail::kZeros));

}  // namespace
}  // namespace resus::imaging
