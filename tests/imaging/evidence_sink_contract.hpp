#pragma once
// What imaging/evidence_sink.hpp promises, demanded from every sink alike. A kind of sink brings a bench:
//
//   std::unique_ptr<EvidenceSink> begin(const std::string& machine, std::uint64_t disk_bytes);
//       An acquisition. @pre the machine's former sink is gone.
//   std::vector<std::byte> read(const EvidenceReceipt&);  the disk as the store gives it back
//   std::size_t evidence();                               finished copies in the store
//   void set_full(bool);                                  whether the store has no room
//   static constexpr std::size_t kFramesUnderway;         frames that deliver() may have taken and not yet handed over
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <set>
#include <thread>

#include "imaging/bounded_queue.hpp"
#include "tests/support/store_bench.hpp"

namespace resus::test {

/// Three whole segments and an odd end, so that the last block is short.
inline constexpr std::size_t kContractDisk = 3 * imaging::kSegmentBytes + 5 * imaging::kBlockBytes + 512;

/// Blocks that no other disk has, every sixth a twin of an earlier one, every ninth of zeros.
inline std::vector<std::byte> contract_disk(std::uint64_t seed, std::size_t size_bytes = kContractDisk) {
  auto bytes = random_bytes(size_bytes, 7'000 + seed);
  const auto block = [&](std::size_t index) { return bytes.begin() + static_cast<std::ptrdiff_t>(index * imaging::kBlockBytes); };
  for (std::size_t i = 3; (i + 1) * imaging::kBlockBytes <= size_bytes; ++i) {
    if (i % 6 == 0) std::copy_n(block(i - 2), imaging::kBlockBytes, block(i));
    if (i % 9 == 0) std::fill_n(block(i), imaging::kBlockBytes, std::byte{0});
  }
  return bytes;
}

/// Different blocks that are not zeros.
inline std::size_t distinct_blocks(std::span<const std::byte> disk) {
  std::set<imaging::BlockId> ids;
  for (std::uint64_t segment = 0; segment < imaging::segment_count(disk.size()); ++segment) {
    const auto offer = offer_of(disk, segment);
    ids.insert(offer.ids.begin(), offer.ids.end());
  }
  return ids.size();
}

inline std::uint64_t data_bytes(std::span<const std::byte> disk) {
  std::uint64_t bytes = 0;
  for (std::size_t at = 0; at < disk.size(); at += imaging::kBlockBytes) {
    const auto block = disk.subspan(at, std::min(imaging::kBlockBytes, disk.size() - at));
    if (!imaging::is_zero(block)) bytes += block.size();
  }
  return bytes;
}

/// The wanted blocks of one segment, `step` blocks a frame.
inline std::vector<imaging::Frame> small_frames(std::span<const std::byte> disk, const imaging::SegmentOffer& offer,
                                                const imaging::Wanted& wanted, std::size_t step) {
  std::vector<imaging::Frame> frames;
  for (std::size_t first = 0; first < wanted.deliver.size(); first += step) {
    auto part = wanted;
    for (std::size_t i = 0; i < part.deliver.size(); ++i) part.deliver[i] = part.deliver[i] && i >= first && i < first + step;
    if (auto frame = frame_of(disk, offer, part)) frames.push_back(std::move(*frame));
  }
  return frames;
}

template <class Bench>
class EvidenceSinkContract : public testing::Test {
 protected:
  hw::Result<imaging::EvidenceReceipt> acquire(const std::string& machine, std::span<const std::byte> disk, Copied* copied = nullptr) {
    const auto sink = bench_.begin(machine, disk.size());
    RESUS_TRY(const auto sent, copy_to(*sink, disk));
    if (copied != nullptr) *copied = sent;
    return sink->finish(summary_of(disk));
  }
  /// What the sink says to this frame: at once, or at the latest when the copy is to be finished.
  static hw::Result<void> verdict(imaging::EvidenceSink& sink, const imaging::Frame& frame, std::span<const std::byte> disk) {
    RESUS_TRY(sink.deliver(frame));
    RESUS_TRY(sink.finish(summary_of(disk)));
    return hw::success();
  }
  Bench bench_;
};
TYPED_TEST_SUITE_P(EvidenceSinkContract);

TYPED_TEST_P(EvidenceSinkContract, ReceiptStandsForTheDiskThatWasDelivered) {
  const auto disk = contract_disk(1);
  const auto receipt = this->acquire("A", disk);
  ASSERT_TRUE(receipt) << receipt.error().to_string();
  EXPECT_EQ(receipt.value().root, root_of_bytes(disk));
  EXPECT_EQ(receipt.value().sha256, sha256_of(disk));
  EXPECT_TRUE(receipt.value().evidence_id.starts_with("ev-"));
  EXPECT_GT(receipt.value().bytes_added, 0u);
  EXPECT_EQ(this->bench_.read(receipt.value()), disk);
  EXPECT_EQ(this->bench_.evidence(), 1u);
}

TYPED_TEST_P(EvidenceSinkContract, AnswersForEachDataBlockAndAsksForTwinsOnce) {
  const auto disk = contract_disk(2);
  const auto sink = this->bench_.begin("A", disk.size());
  std::size_t asked = 0;
  for (std::uint64_t segment = 0; segment < imaging::segment_count(disk.size()); ++segment) {
    const auto offer = offer_of(disk, segment);
    const auto wanted = sink->offer(offer).value();
    EXPECT_EQ(wanted.segment, segment);
    ASSERT_EQ(wanted.deliver.size(), offer.ids.size());
    asked += static_cast<std::size_t>(std::ranges::count(wanted.deliver, true));
  }
  EXPECT_EQ(asked, distinct_blocks(disk));
}

TYPED_TEST_P(EvidenceSinkContract, WhatItHasIsNotAskedForAgain) {
  const auto disk = contract_disk(3);
  ASSERT_TRUE(this->acquire("A", disk));
  Copied copied;
  const auto receipt = this->acquire("B", disk, &copied).value();
  EXPECT_EQ(copied.blocks_sent, 0u);
  EXPECT_EQ(receipt.bytes_added, 0u);
  EXPECT_EQ(receipt.bytes_known, data_bytes(disk));
  EXPECT_EQ(this->bench_.read(receipt), disk);
}

TYPED_TEST_P(EvidenceSinkContract, AnEmptyDiskCostsNothing) {
  const std::vector<std::byte> disk(2 * imaging::kSegmentBytes);
  Copied copied;
  const auto receipt = this->acquire("A", disk, &copied).value();
  EXPECT_EQ(copied.blocks_sent, 0u);
  EXPECT_EQ(receipt.bytes_added, 0u);
  EXPECT_EQ(this->bench_.read(receipt), disk);
}

TYPED_TEST_P(EvidenceSinkContract, WhatIsSaidTwiceBecauseAnAnswerWasLostIsTheSame) {
  const auto disk = contract_disk(4, imaging::kSegmentBytes);
  const auto sink = this->bench_.begin("A", disk.size());
  const auto offer = offer_of(disk, 0);
  const auto wanted = sink->offer(offer).value();
  EXPECT_EQ(sink->offer(offer).value().deliver, wanted.deliver);
  const auto frame = *frame_of(disk, offer, wanted);
  ASSERT_TRUE(sink->deliver(frame));
  ASSERT_TRUE(sink->deliver(frame));
  const auto receipt = sink->finish(summary_of(disk));
  ASSERT_TRUE(receipt) << receipt.error().to_string();
  EXPECT_EQ(sink->finish(summary_of(disk)).value().evidence_id, receipt.value().evidence_id);
  EXPECT_EQ(this->bench_.evidence(), 1u);
}

TYPED_TEST_P(EvidenceSinkContract, TakesSegmentsInOrderOnly) {
  const auto disk = contract_disk(5);
  const auto sink = this->bench_.begin("A", disk.size());
  EXPECT_EQ(sink->offer(offer_of(disk, 1)).error().code, hw::Code::kProtocol);
  EXPECT_TRUE(sink->offer(offer_of(disk, 0)));
  EXPECT_EQ(sink->offer(offer_of(disk, 2)).error().code, hw::Code::kProtocol);
  EXPECT_TRUE(sink->offer(offer_of(disk, 1)));
}

TYPED_TEST_P(EvidenceSinkContract, TakesNoSegmentOfAnotherSizeThanTheDiskHas) {
  const auto disk = contract_disk(6);
  const auto longer = contract_disk(6, kContractDisk + 2 * imaging::kSegmentBytes);
  const auto sink = this->bench_.begin("A", disk.size());
  for (std::uint64_t segment = 0; segment < 3; ++segment) ASSERT_TRUE(sink->offer(offer_of(disk, segment)));
  EXPECT_EQ(sink->offer(offer_of(longer, 3)).error().code, hw::Code::kProtocol);
  EXPECT_TRUE(sink->offer(offer_of(disk, 3)));
  EXPECT_EQ(sink->offer(offer_of(longer, 4)).error().code, hw::Code::kProtocol);
}

TYPED_TEST_P(EvidenceSinkContract, ABlockThatDoesNotHashToItsIdIsDamage) {
  const auto disk = contract_disk(7, imaging::kSegmentBytes);
  const auto sink = this->bench_.begin("A", disk.size());
  const auto offer = offer_of(disk, 0);
  auto frame = *frame_of(disk, offer, sink->offer(offer).value());
  std::swap(frame.ids[0], frame.ids[1]);
  EXPECT_EQ(this->verdict(*sink, frame, disk).error().code, hw::Code::kEvidenceDamaged);
  EXPECT_EQ(this->bench_.evidence(), 0u);
}

TYPED_TEST_P(EvidenceSinkContract, TakesNoBlocksThatItDidNotAskFor) {
  const auto disk = contract_disk(8, imaging::kSegmentBytes);
  const auto other = contract_disk(9, imaging::kSegmentBytes);
  const auto sink = this->bench_.begin("A", disk.size());
  const auto unasked = offer_of(other, 0);
  const imaging::Wanted all{.segment = 0, .deliver = std::vector<bool>(unasked.ids.size(), true)};
  ASSERT_TRUE(sink->offer(offer_of(disk, 0)));
  EXPECT_EQ(this->verdict(*sink, *frame_of(other, unasked, all), disk).error().code, hw::Code::kProtocol);
}

TYPED_TEST_P(EvidenceSinkContract, WithoutEverySegmentThereIsNoEvidence) {
  const auto disk = contract_disk(10);
  const auto sink = this->bench_.begin("A", disk.size());
  const auto offer = offer_of(disk, 0);
  ASSERT_TRUE(sink->deliver(*frame_of(disk, offer, sink->offer(offer).value())));
  EXPECT_EQ(sink->finish(summary_of(disk)).error().code, hw::Code::kEvidenceIncomplete);
  EXPECT_EQ(this->bench_.evidence(), 0u);
}

TYPED_TEST_P(EvidenceSinkContract, WithoutEveryBlockThereIsNoEvidence) {
  const auto disk = contract_disk(11, imaging::kSegmentBytes);
  const auto sink = this->bench_.begin("A", disk.size());
  const auto offer = offer_of(disk, 0);
  const auto frames = small_frames(disk, offer, sink->offer(offer).value(), 200);
  ASSERT_EQ(frames.size(), 2u);
  ASSERT_TRUE(sink->deliver(frames[0]));
  EXPECT_EQ(sink->finish(summary_of(disk)).error().code, hw::Code::kEvidenceIncomplete);
  EXPECT_EQ(this->bench_.evidence(), 0u);
}

TYPED_TEST_P(EvidenceSinkContract, ASummaryOfAnotherDiskIsNoEvidenceAndErasesNothing) {
  const auto disk = contract_disk(12);
  const auto sink = this->bench_.begin("A", disk.size());
  ASSERT_TRUE(copy_to(*sink, disk));
  auto summary = summary_of(disk);
  summary.sha256 = sha256_of(random_bytes(1, 1));
  EXPECT_EQ(sink->finish(summary).error().code, hw::Code::kEvidenceDamaged);
  EXPECT_EQ(this->bench_.evidence(), 0u);
  Copied copied;
  EXPECT_EQ(this->bench_.read(this->acquire("B", disk, &copied).value()), disk);
  EXPECT_EQ(copied.blocks_sent, 0u);
}

TYPED_TEST_P(EvidenceSinkContract, AfterABreakOnlyWhatDidNotArriveIsAskedForAgain) {
  constexpr std::size_t kStep = 10;
  const auto disk = contract_disk(13);
  std::size_t delivered = 0;
  {
    const auto sink = this->bench_.begin("A", disk.size());
    const auto offer = offer_of(disk, 0);
    const auto wanted = sink->offer(offer).value();
    ASSERT_TRUE(sink->offer(offer_of(disk, 1)));
    for (const auto& frame : small_frames(disk, offer, wanted, kStep)) {
      ASSERT_TRUE(sink->deliver(frame));
      delivered += frame.ids.size();
    }
  }
  Copied again;
  const auto receipt = this->acquire("A", disk, &again).value();
  const auto missing = distinct_blocks(disk) - delivered;
  EXPECT_GE(again.blocks_sent, missing);
  EXPECT_LE(again.blocks_sent, missing + TypeParam::kFramesUnderway * kStep);
  EXPECT_LT(again.blocks_sent, distinct_blocks(disk));
  EXPECT_EQ(this->bench_.read(receipt), disk);
}

TYPED_TEST_P(EvidenceSinkContract, UnreadableBlocksAreNoDataAndReadAsZeros) {
  auto disk = contract_disk(14, 4 * imaging::kBlockBytes);
  auto offer = offer_of(disk, 0);
  ASSERT_EQ(offer.ids.size(), 4u);
  offer.states[1] = imaging::BlockState::kUnreadable;
  offer.ids.erase(offer.ids.begin() + 1);
  offer.unreadable = {{.offset_bytes = imaging::kBlockBytes, .length_bytes = imaging::kBlockBytes}};
  imaging::TreeBuilder tree(disk.size());
  for (const auto& id : {offer.ids[0], imaging::unreadable_block_id(), offer.ids[1], offer.ids[2]}) tree.add(id);
  std::fill_n(disk.begin() + imaging::kBlockBytes, imaging::kBlockBytes, std::byte{0});
  auto summary = summary_of(disk);
  summary.root = tree.finish().value();
  summary.unreadable_bytes = imaging::kBlockBytes;
  const auto sink = this->bench_.begin("A", disk.size());
  ASSERT_TRUE(sink->deliver(*frame_of(disk, offer, sink->offer(offer).value())));
  EXPECT_EQ(this->bench_.read(sink->finish(summary).value()), disk);
}

/// A segment that is held back.
inline imaging::SegmentOffer held(std::uint64_t segment) {
  return {.segment = segment, .states = {}, .ids = {}, .unreadable = {}};
}

TYPED_TEST_P(EvidenceSinkContract, SegmentsHeldBackComeInAnyOrderAfterTheLast) {
  const auto disk = contract_disk(17);
  const auto sink = this->bench_.begin("A", disk.size());
  const auto send = [&](std::uint64_t segment) {
    const auto offer = offer_of(disk, segment);
    const auto frame = frame_of(disk, offer, sink->offer(offer).value());
    ASSERT_TRUE(!frame || sink->deliver(*frame));
  };
  EXPECT_TRUE(sink->offer(held(0)).value().deliver.empty());
  send(1);
  EXPECT_TRUE(sink->offer(held(2)));
  EXPECT_EQ(sink->offer(offer_of(disk, 0)).error().code, hw::Code::kProtocol) << "the last was not offered yet";
  send(3);
  send(2);
  send(0);
  auto summary = summary_of(disk);
  summary.held_back = true;
  summary.sha256 = {};
  const auto receipt = sink->finish(summary);
  ASSERT_TRUE(receipt) << receipt.error().to_string();
  EXPECT_EQ(receipt.value().sha256, sha256_of(disk));
  EXPECT_EQ(this->bench_.read(receipt.value()), disk);
}

TYPED_TEST_P(EvidenceSinkContract, WhatIsHeldBackAndNeverOfferedIsMissing) {
  const auto disk = contract_disk(18);
  const auto sink = this->bench_.begin("A", disk.size());
  ASSERT_TRUE(sink->offer(held(0)));
  for (std::uint64_t segment = 1; segment < imaging::segment_count(disk.size()); ++segment) {
    const auto offer = offer_of(disk, segment);
    const auto frame = frame_of(disk, offer, sink->offer(offer).value());
    ASSERT_TRUE(!frame || sink->deliver(*frame));
  }
  auto summary = summary_of(disk);
  summary.held_back = true;
  EXPECT_EQ(sink->finish(summary).error().code, hw::Code::kEvidenceIncomplete);
  EXPECT_EQ(this->bench_.evidence(), 0u);
}

TYPED_TEST_P(EvidenceSinkContract, AFullStoreAsksToTryAgainAndLosesNothing) {
  const auto disk = contract_disk(15, imaging::kSegmentBytes);
  const auto sink = this->bench_.begin("A", disk.size());
  const auto offer = offer_of(disk, 0);
  this->bench_.set_full(true);
  const auto refused = sink->offer(offer);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, hw::Code::kSpace);
  EXPECT_FALSE(refused.error().permanent);
  this->bench_.set_full(false);
  const auto frame = *frame_of(disk, offer, sink->offer(offer).value());
  this->bench_.set_full(true);
  if (const auto taken = sink->deliver(frame); !taken) {  // a remote sink waits for room by itself
    EXPECT_EQ(taken.error().code, hw::Code::kSpace);
    this->bench_.set_full(false);
    ASSERT_TRUE(sink->deliver(frame));
  }
  EXPECT_EQ(this->bench_.read(sink->finish(summary_of(disk)).value()), disk);
}

TYPED_TEST_P(EvidenceSinkContract, OffersAndFramesComeFromTwoThreads) {
  const auto disk = contract_disk(16);
  const auto sink = this->bench_.begin("A", disk.size());
  imaging::BoundedQueue<imaging::Frame> frames(2);
  std::jthread deliverer([&] {
    while (const auto frame = frames.pop()) EXPECT_TRUE(sink->deliver(*frame));
  });
  for (std::uint64_t segment = 0; segment < imaging::segment_count(disk.size()); ++segment) {
    const auto offer = offer_of(disk, segment);
    for (auto& frame : small_frames(disk, offer, sink->offer(offer).value(), 64)) frames.push(std::move(frame));
  }
  frames.close();
  deliverer.join();
  EXPECT_EQ(this->bench_.read(sink->finish(summary_of(disk)).value()), disk);
}

REGISTER_TYPED_TEST_SUITE_P(EvidenceSinkContract, ReceiptStandsForTheDiskThatWasDelivered,
                            AnswersForEachDataBlockAndAsksForTwinsOnce, WhatItHasIsNotAskedForAgain,
                            AnEmptyDiskCostsNothing, WhatIsSaidTwiceBecauseAnAnswerWasLostIsTheSame,
                            TakesSegmentsInOrderOnly, TakesNoSegmentOfAnotherSizeThanTheDiskHas,
                            ABlockThatDoesNotHashToItsIdIsDamage, TakesNoBlocksThatItDidNotAskFor,
                            WithoutEverySegmentThereIsNoEvidence, WithoutEveryBlockThereIsNoEvidence,
                            ASummaryOfAnotherDiskIsNoEvidenceAndErasesNothing,
                            AfterABreakOnlyWhatDidNotArriveIsAskedForAgain, UnreadableBlocksAreNoDataAndReadAsZeros,
                            SegmentsHeldBackComeInAnyOrderAfterTheLast, WhatIsHeldBackAndNeverOfferedIsMissing,
                            AFullStoreAsksToTryAgainAndLosesNothing, OffersAndFramesComeFromTwoThreads);

}  // namespace resus::test
