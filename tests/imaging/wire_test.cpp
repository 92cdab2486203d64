#include "imaging/wire.hpp"

#include <gtest/gtest.h>

#include "imaging/frame.hpp"
#include "tests/support/store_bench.hpp"

namespace resus::imaging {
namespace {

SegmentOffer sample_offer() {
  auto offer = test::offer_of(test::mixed_disk(2 * kSegmentBytes + 5 * kBlockBytes + 9, 3), 2);
  offer.states[1] = BlockState::kUnreadable;
  offer.ids.erase(offer.ids.begin() + 1);
  const auto at = 2 * kSegmentBytes + kBlockBytes;
  offer.unreadable = {{.offset_bytes = at, .length_bytes = kBlockBytes, .cause = ReadCause::kMedium}};
  return offer;
}

TEST(Wire, OffersReadBackAsTheyWere) {
  const auto offer = sample_offer();
  const auto again = decode_offers(encode_offers({&offer, 1})).value();
  ASSERT_EQ(again.size(), 1u);
  EXPECT_EQ(again[0].segment, offer.segment);
  EXPECT_EQ(again[0].states, offer.states);
  EXPECT_EQ(again[0].ids, offer.ids);
  EXPECT_EQ(again[0].unreadable, offer.unreadable);
}

TEST(Wire, SegmentsHeldBackAndRangesNotTriedNeedVersionTwo) {
  const SegmentOffer held{.segment = 3, .states = {}, .ids = {}, .unreadable = {}};
  auto not_tried = sample_offer();
  not_tried.unreadable[0].cause = ReadCause::kNotTried;
  for (const auto& offer : {held, not_tried}) {
    auto bytes = encode_offers({&offer, 1});
    const auto again = decode_offers(bytes).value();
    EXPECT_EQ(again[0].held_back(), offer.held_back());
    EXPECT_EQ(again[0].unreadable, offer.unreadable);
    EXPECT_EQ(bytes[4], '\2');
    bytes[4] = '\1';
    EXPECT_FALSE(decode_offers(bytes));
  }
  const auto plain = sample_offer();
  EXPECT_EQ(encode_offers({&plain, 1})[4], '\1') << "a depot of the former version takes what it knows";
}

TEST(Wire, AnOfferCutAnywhereIsRefused) {
  const auto offer = sample_offer();
  const auto whole = encode_offers({&offer, 1});
  for (std::size_t i = 0; i < whole.size(); ++i) EXPECT_FALSE(decode_offers(whole.substr(0, i))) << i;
  EXPECT_FALSE(decode_offers(whole + "x"));
}

TEST(Wire, TheLargestOfferMessageFitsItsLimit) {
  SegmentOffer offer{.segment = 1, .states = std::vector<BlockState>(kBlocksPerSegment, BlockState::kData),
                     .ids = std::vector<BlockId>(kBlocksPerSegment), .unreadable = {}};
  for (std::uint64_t i = 0; i < kSegmentBytes / 1024; ++i) {  // every second sector
    offer.unreadable.push_back({.offset_bytes = kSegmentBytes + i * 1024, .length_bytes = 512, .cause = ReadCause::kMedium});
  }
  const std::vector<SegmentOffer> offers(kMaxOffersPerMessage, offer);
  EXPECT_LE(encode_offers(offers).size(), kMaxOfferMessageBytes);
}

TEST(Wire, AnswersReadBackAsTheyWere) {
  const Wanted wanted{.segment = 7, .deliver = {true, false, false, true, true, false, true, false, true}};
  const auto again = decode_wanted(encode_wanted({&wanted, 1})).value();
  ASSERT_EQ(again.size(), 1u);
  EXPECT_EQ(again[0].segment, 7u);
  EXPECT_EQ(again[0].deliver, wanted.deliver);
}

TEST(Wire, FramesAndSegmentsReadBackAsTheyWere) {
  const auto disk = test::random_bytes(3 * kBlockBytes - 5, 4);
  const auto offer = test::offer_of(disk, 0);
  const auto frame = test::frame_of(disk, offer, {.segment = 0, .deliver = {true, true, true}}).value();
  const auto again = decode_frame(encode_frame(frame)).value();
  std::vector<std::byte> raw;
  EXPECT_TRUE(check_frame(again, raw));
  EXPECT_EQ(raw, disk);
  const GoldenSegment segment{.segment = 9, .ids = frame.ids, .compressed = frame.compressed};
  const auto fetched = decode_segment(9, encode_segment(segment)).value();
  EXPECT_TRUE(verify_segment(fetched, segment_node(frame.ids), raw));
}

TEST(Wire, AFrameWithOneFlippedByteIsFoundByDecodingOrChecking) {
  const auto disk = test::random_bytes(kBlockBytes, 5);
  const auto frame = test::frame_of(disk, test::offer_of(disk, 0), {.segment = 0, .deliver = {true}}).value();
  const auto good = encode_frame(frame);
  for (std::size_t i = 0; i < good.size(); i += 7) {
    auto bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 0x10);
    const auto decoded = decode_frame(bad);
    std::vector<std::byte> raw;
    EXPECT_FALSE(decoded && check_frame(decoded.value(), raw)) << i;
  }
}

}  // namespace
}  // namespace resus::imaging
