#include "imaging/store.hpp"

#include <gtest/gtest.h>

#include <cstring>

#include "imaging/sha256.hpp"
#include "tests/support/collecting_sink.hpp"
#include "tests/support/fake_disk.hpp"
#include "tests/support/store_bench.hpp"

namespace resus::imaging {
namespace {

using test::StoreBench;
constexpr std::size_t kDisk = 3 * kSegmentBytes + 17 * kBlockBytes + 100;

TEST(Store, GivesBackExactlyTheDiskThatWasAcquired) {
  StoreBench bench;
  const auto disk = test::mixed_disk(kDisk, 1);
  const auto receipt = bench.acquire(disk).value();
  EXPECT_EQ(bench.read(receipt.evidence_id), disk);
  EXPECT_TRUE(bench.verify(receipt.evidence_id).ok());
}

TEST(Store, StillHasTheEvidenceAfterItWasOpenedAgain) {
  StoreBench bench;
  const auto disk = test::mixed_disk(kDisk, 2);
  const auto receipt = bench.acquire(disk).value();
  bench.reopen();
  EXPECT_EQ(bench.store->evidence().size(), 1u);
  EXPECT_EQ(bench.read(receipt.evidence_id), disk);
  EXPECT_EQ(bench.store->find_evidence(receipt.evidence_id).value().record.device_json, R"({"serial":"S1"})");
}

TEST(Store, AsksForNothingItAlreadyHas) {
  StoreBench bench;
  const auto disk = test::mixed_disk(kDisk, 3);
  ASSERT_TRUE(bench.acquire(disk));
  for (const bool reopened : {false, true}) {
    if (reopened) bench.reopen();
    test::Copied copied;
    const auto receipt = bench.acquire(disk, &copied).value();
    EXPECT_EQ(copied.blocks_sent, 0u);
    EXPECT_EQ(receipt.bytes_added, 0u);
    EXPECT_TRUE(bench.verify(receipt.evidence_id).ok());
  }
}

TEST(Store, ReadsAnyByteRange) {
  StoreBench bench;
  const auto disk = test::mixed_disk(kDisk, 4);
  const auto reader = bench.store->open_evidence(bench.acquire(disk).value().evidence_id).value();
  for (const std::size_t offset : {std::size_t{0}, std::size_t{4095}, kSegmentBytes - 1, kDisk - 5000}) {
    std::vector<std::byte> out(5000);
    ASSERT_TRUE(reader->read(offset, out));
    EXPECT_TRUE(std::ranges::equal(out, std::span(disk).subspan(offset, 5000))) << offset;
  }
  std::vector<std::byte> two(2);
  EXPECT_FALSE(reader->read(kDisk - 1, two));
}

TEST(Store, PassesNoBlockOnThatIsNotItsId) {
  const auto blocks = test::mixed_disk(2 * kBlockBytes, 5);
  std::vector<BlockId> ids(2);
  block_ids(blocks, ids);
  test::CollectingSink sink;
  ASSERT_TRUE(sink.write_blocks(blocks, ids));
  EXPECT_EQ(sink.bytes, blocks);
  std::swap(ids[0], ids[1]);
  EXPECT_EQ(sink.write_blocks(blocks, ids).error().code, hw::Code::kEvidenceDamaged);
  EXPECT_EQ(sink.bytes, blocks);
}

TEST(Store, ExportsAnyPartOfADisk) {
  StoreBench bench;
  const auto disk = test::mixed_disk(kDisk, 4);
  const auto reader = bench.store->open_evidence(bench.acquire(disk).value().evidence_id).value();
  const std::vector<ByteRange> parts{{0, kDisk}, {0, 1}, {4095, 2}, {kSegmentBytes - 7, 2 * kSegmentBytes}, {kDisk - 1, 1}, {5, 0}};
  for (const auto& part : parts) {
    test::CollectingSink sink;
    ASSERT_TRUE(reader->export_range(part, sink)) << part.offset_bytes;
    EXPECT_TRUE(std::ranges::equal(sink.bytes, std::span(disk).subspan(part.offset_bytes, part.length_bytes))) << part.offset_bytes;
  }
  test::CollectingSink beyond;
  EXPECT_EQ(reader->export_range({kDisk - 1, 2}, beyond).error().code, hw::Code::kUsage);
}

TEST(Store, StopsACheckWhenItIsAskedTo) {
  StoreBench bench;
  const auto receipt = bench.acquire(test::random_bytes(16 * kSegmentBytes, 9)).value();
  std::stop_source stop;
  std::uint64_t reached = 0;
  const auto report = bench.store->verify_evidence(
      receipt.evidence_id, std::array{bench.key.public_key()},
      [&](const Progress& progress) {
        reached = progress.done_bytes;
        stop.request_stop();
      },
      stop.get_token());
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, hw::Code::kCancelled);
  EXPECT_EQ(reached, kSegmentBytes);
}

TEST(Store, ABlockAnotherMachineIsSendingIsNotAskedForTwice) {
  StoreBench bench;
  const auto disk = test::random_bytes(kSegmentBytes, 5);
  const auto first = bench.begin(disk.size(), "m1");
  const auto second = bench.begin(disk.size(), "m2");
  const auto offer = test::offer_of(disk, 0);
  const auto wanted = first->offer(offer).value();
  EXPECT_EQ(std::ranges::count(second->offer(offer).value().deliver, true), 0);
  const auto early = second->finish(test::summary_of(disk));
  ASSERT_FALSE(early);
  EXPECT_FALSE(early.error().permanent);
  ASSERT_TRUE(first->deliver(*test::frame_of(disk, offer, wanted)));
  const auto receipt = second->finish(test::summary_of(disk)).value();
  EXPECT_TRUE(bench.verify(receipt.evidence_id).ok());
  EXPECT_TRUE(first->finish(test::summary_of(disk)));
}

TEST(Store, WhatADeadMachineHadClaimedIsAskedForAgain) {
  StoreBench bench;
  const auto disk = test::random_bytes(kSegmentBytes, 6);
  auto first = bench.begin(disk.size(), "m1");
  const auto second = bench.begin(disk.size(), "m2");
  const auto offer = test::offer_of(disk, 0);
  ASSERT_TRUE(first->offer(offer));
  ASSERT_TRUE(second->offer(offer));
  first.reset();
  EXPECT_EQ(second->finish(test::summary_of(disk)).error().code, hw::Code::kEvidenceIncomplete);
  EXPECT_TRUE(bench.acquire(disk));
}

TEST(Store, ALenderGoesOnAfterABorrowerSealedItsPack) {
  StoreBench bench;
  const auto disk = test::random_bytes(2 * kSegmentBytes, 7);
  const auto lender = bench.begin(disk.size(), "m1");
  const auto offer = test::offer_of(disk, 0);
  ASSERT_TRUE(lender->deliver(*test::frame_of(disk, offer, lender->offer(offer).value())));
  ASSERT_TRUE(bench.acquire(std::span(disk).first(kSegmentBytes)));
  const auto rest = test::offer_of(disk, 1);
  ASSERT_TRUE(lender->deliver(*test::frame_of(disk, rest, lender->offer(rest).value())));
  const auto receipt = lender->finish(test::summary_of(disk)).value();
  EXPECT_EQ(bench.read(receipt.evidence_id), disk);
}

TEST(Store, AnAnswerLostOnTheWayIsGivenAgain) {
  StoreBench bench;
  const auto disk = test::random_bytes(kSegmentBytes, 8);
  const auto sink = bench.begin(disk.size(), "m1");
  const auto offer = test::offer_of(disk, 0);
  const auto wanted = sink->offer(offer).value();
  EXPECT_EQ(sink->offer(offer).value().deliver, wanted.deliver);
  const auto frame = *test::frame_of(disk, offer, wanted);
  ASSERT_TRUE(sink->deliver(frame));
  ASSERT_TRUE(sink->deliver(frame));
  const auto receipt = sink->finish(test::summary_of(disk)).value();
  EXPECT_EQ(sink->finish(test::summary_of(disk)).value().evidence_id, receipt.evidence_id);
  EXPECT_EQ(bench.store->evidence().size(), 1u);
}

TEST(Store, RefusesWhatWasNotAskedForOrDoesNotHashToItsId) {
  StoreBench bench;
  const auto disk = test::random_bytes(kSegmentBytes, 9);
  const auto sink = bench.begin(disk.size());
  const auto offer = test::offer_of(disk, 0);
  const Wanted all{.segment = 0, .deliver = std::vector<bool>(offer.ids.size(), true)};
  auto frame = *test::frame_of(disk, offer, all);
  EXPECT_EQ(sink->deliver(frame).error().code, hw::Code::kProtocol);
  ASSERT_TRUE(sink->offer(offer));
  std::swap(frame.ids[0], frame.ids[1]);
  EXPECT_EQ(sink->deliver(frame).error().code, hw::Code::kEvidenceDamaged);
}

TEST(Store, RefusesAMachineThatOffersWithoutEndAndDeliversNothing) {
  StoreBench bench;
  constexpr std::uint64_t kSegments = 4096;  // 4 GiB of blocks nobody has
  const auto sink = bench.begin(kSegments * kSegmentBytes);
  SegmentOffer offer{.states = std::vector(kBlocksPerSegment, BlockState::kData), .ids = std::vector<BlockId>(kBlocksPerSegment)};
  std::uint64_t taken = 0;
  for (std::uint64_t id = 1; offer.segment < kSegments; ++offer.segment, ++taken) {
    for (auto& one : offer.ids) std::memcpy(one.bytes.data(), &++id, sizeof id);
    const auto wanted = sink->offer(offer);
    if (!wanted) {
      EXPECT_EQ(wanted.error().code, hw::Code::kProtocol);
      break;
    }
  }
  EXPECT_GE(taken, 512u);  // an agent with many cores is that far ahead
  EXPECT_LT(taken, kSegments);
}

TEST(Store, ASummaryThatTheStoredBlocksDoNotGiveIsNoEvidence) {
  const auto disk = test::mixed_disk(kDisk, 10);
  const auto other = test::random_bytes(kDisk, 1);
  using Change = void (*)(AcquisitionSummary&, std::span<const std::byte>);
  const std::vector<Change> each_alone{[](auto& said, auto bytes) { said.root = test::root_of_bytes(bytes); },
                                       [](auto& said, auto bytes) { said.sha256 = sha256(bytes); },
                                       [](auto& said, auto) { said.unreadable_bytes = 512; }};
  for (const auto change : each_alone) {
    StoreBench bench;
    auto summary = test::summary_of(disk);
    change(summary, other);
    const auto sink = bench.begin(disk.size());
    ASSERT_TRUE(test::copy_to(*sink, disk));
    EXPECT_EQ(sink->finish(summary).error().code, hw::Code::kEvidenceDamaged);
    EXPECT_TRUE(bench.store->evidence().empty());
  }
}

TEST(Store, AnAcquisitionThatIsNotCompleteIsNoEvidence) {
  StoreBench bench;
  const auto disk = test::random_bytes(kDisk, 11);
  const auto sink = bench.begin(disk.size());
  ASSERT_TRUE(sink->offer(test::offer_of(disk, 0)));
  EXPECT_EQ(sink->finish(test::summary_of(disk)).error().code, hw::Code::kEvidenceIncomplete);
}

TEST(Store, UnreadableBlocksAreRecordedAndReadAsZeros) {
  StoreBench bench;
  auto disk = test::random_bytes(4 * kBlockBytes, 12);
  auto offer = test::offer_of(disk, 0);
  offer.states[1] = BlockState::kUnreadable;
  offer.ids.erase(offer.ids.begin() + 1);
  offer.unreadable = {{.offset_bytes = kBlockBytes, .length_bytes = kBlockBytes, .cause = ReadCause::kMedium}};
  TreeBuilder tree(disk.size());
  for (std::size_t i = 0; i < 4; ++i) {
    tree.add(i == 1 ? unreadable_block_id() : block_id(std::span(disk).subspan(i * kBlockBytes, kBlockBytes)));
  }
  std::fill_n(disk.begin() + kBlockBytes, kBlockBytes, std::byte{0});
  auto summary = test::summary_of(disk);
  summary.root = tree.finish().value();
  summary.unreadable_bytes = kBlockBytes;
  const auto sink = bench.begin(disk.size());
  const auto wanted = sink->offer(offer).value();
  FrameBuilder builder(1);
  for (const std::size_t i : {0, 2, 3}) {
    const auto block = std::span<const std::byte>(disk).subspan(i * kBlockBytes, kBlockBytes);
    builder.add(block_id(block), block);
  }
  ASSERT_TRUE(sink->deliver(builder.finish().value()));
  const auto id = sink->finish(summary).value().evidence_id;
  EXPECT_EQ(bench.read(id), disk);
  EXPECT_EQ(bench.store->find_evidence(id).value().record.unreadable, offer.unreadable);
  EXPECT_TRUE(bench.verify(id).ok());
}

TEST(Store, AFullEvidenceDiskPausesAndLosesNothing) {
  StoreBench bench;
  bench.options.reserve_bytes = 4 << 20;
  bench.files.set_capacity(6 << 20);
  bench.reopen();
  const auto disk = test::random_bytes(6 * kSegmentBytes, 13);
  const auto sink = bench.begin(disk.size());
  for (std::uint64_t segment = 0; segment < 6; ++segment) {
    const auto offer = test::offer_of(disk, segment);
    auto wanted = sink->offer(offer);
    if (!wanted) {
      EXPECT_EQ(wanted.error().code, hw::Code::kSpace);
      bench.files.set_capacity(100 << 20);
      wanted = sink->offer(offer);
    }
    ASSERT_TRUE(sink->deliver(*test::frame_of(disk, offer, wanted.value())));
  }
  EXPECT_EQ(bench.read(sink->finish(test::summary_of(disk)).value().evidence_id), disk);
}

TEST(Store, DamageIsNamedByFrameAndByteRange) {
  StoreBench bench;
  const auto disk = test::random_bytes(3 * kSegmentBytes, 14);
  const auto id = bench.acquire(disk).value().evidence_id;
  bench.files.flip_byte("store/packs/00000001.zst", kSegmentBytes + kSegmentBytes / 2);
  const auto report = bench.verify(id);
  EXPECT_FALSE(report.ok());
  EXPECT_TRUE(report.signature_ok);
  ASSERT_EQ(report.damaged_frames.size(), 1u);
  EXPECT_EQ(report.damaged_frames[0].frame, 1u);
  EXPECT_EQ(report.damaged_ranges, (std::vector<ByteRange>{{kSegmentBytes, kSegmentBytes}}));
}

TEST(Store, AFlippedByteAnywhereInItsFilesIsFound) {
  StoreBench bench;
  const auto disk = test::random_bytes(2 * kBlockBytes, 15);
  const auto id = bench.acquire(disk).value().evidence_id;
  const auto folder = "store/evidence/" + id;
  for (const std::string& path : {folder + "/map", folder + "/record.json"}) {
    for (std::size_t at = 0; at < bench.files.content(path)->size(); ++at) {
      bench.files.flip_byte(path, at);
      const auto report = bench.store->verify_evidence(id, {&bench.key.public_key(), 1});
      EXPECT_FALSE(report && report.value().ok()) << path << " " << at;
      bench.files.flip_byte(path, at);
    }
  }
  EXPECT_TRUE(bench.verify(id).ok());
}

TEST(Store, ARecordSignedByAnotherKeyDoesNotVerify) {
  StoreBench bench;
  const auto id = bench.acquire(test::mixed_disk(kDisk, 16)).value().evidence_id;
  const auto other = SigningKey::generate().value();
  EXPECT_FALSE(bench.store->verify_evidence(id, {&other.public_key(), 1}).value().signature_ok);
}

TEST(Store, DamagedBlocksAreAskedForAgainAfterAScrub) {
  StoreBench bench;
  const auto disk = test::random_bytes(2 * kSegmentBytes, 17);
  ASSERT_TRUE(bench.acquire(disk));
  bench.files.flip_byte("store/packs/00000001.zst", 1000);
  EXPECT_EQ(bench.store->scrub().value().damaged_frames.size(), 1u);
  test::Copied copied;
  const auto receipt = bench.acquire(disk, &copied).value();
  EXPECT_EQ(copied.blocks_sent, kBlocksPerSegment);
  EXPECT_TRUE(bench.verify(receipt.evidence_id).ok());
}

}  // namespace
}  // namespace resus::imaging
