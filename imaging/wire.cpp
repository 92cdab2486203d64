#include "imaging/wire.hpp"

#include <algorithm>
#include <cstring>

#include "imaging/bytes.hpp"
#include "imaging/frame.hpp"

namespace resus::imaging {
namespace {

constexpr std::string_view kOfferMagic{"RSOF", 4};
/// 2 may hold segments that are held back and ranges of cause 4, and is written only then.
constexpr std::uint8_t kOfferVersion = 1;
constexpr std::uint8_t kOfferVersionRescue = 2;
constexpr std::string_view kWantedMagic{"RSWT\x01", 5};
constexpr std::string_view kFrameMagic{"RSFR\x01", 5};
/// Beyond it the byte offset of a segment would not fit 63 bits.
constexpr std::uint64_t kMaxSegment = (1ull << 63) / kSegmentBytes - 1;

std::uint64_t data_blocks(const std::vector<BlockState>& states) {
  return static_cast<std::uint64_t>(std::ranges::count(states, BlockState::kData));
}

void put_ids(ByteWriter& out, std::span<const BlockId> ids) {
  for (const auto& id : ids) out.digest(id);
}

Result<std::vector<BlockId>> get_ids(ByteReader& in, std::uint64_t count) {
  RESUS_TRY(const auto bytes, in.text(count * 32));
  std::vector<BlockId> ids(count);
  for (std::size_t i = 0; i < count; ++i) std::memcpy(ids[i].bytes.data(), bytes.data() + 32 * i, 32);
  return ids;
}

void put_offer(ByteWriter& out, const SegmentOffer& offer) {
  out.varint(offer.segment);
  out.varint(offer.states.size());
  for (std::size_t i = 0; i < offer.states.size(); i += 4) {
    std::uint8_t four = 0;
    for (std::size_t k = i; k < std::min(i + 4, offer.states.size()); ++k) {
      four = static_cast<std::uint8_t>(four | static_cast<unsigned>(offer.states[k]) << (2 * (k - i)));
    }
    out.u8(four);
  }
  put_ids(out, offer.ids);
  encode_unreadable(out, offer.unreadable);
}

Result<std::vector<BlockState>> get_states(ByteReader& in) {
  RESUS_TRY(const auto count, in.varint_up_to(kBlocksPerSegment));
  RESUS_TRY(const auto packed, in.text((count + 3) / 4));
  std::vector<BlockState> states(count);
  for (std::size_t i = 0; i < packed.size() * 4; ++i) {
    const unsigned state = static_cast<std::uint8_t>(packed[i / 4]) >> (2 * (i % 4)) & 3;
    const bool fits = i < count ? state <= static_cast<unsigned>(BlockState::kUnreadable) : state == 0;
    if (!fits) return hw::failure(in.error("unknown block state"));
    if (i < count) states[i] = static_cast<BlockState>(state);
  }
  return states;
}

Result<SegmentOffer> get_offer(ByteReader& in) {
  SegmentOffer offer;
  RESUS_TRY(offer.segment, in.varint_up_to(kMaxSegment));
  RESUS_TRY(offer.states, get_states(in));
  RESUS_TRY(offer.ids, get_ids(in, data_blocks(offer.states)));
  const auto begin = offer.segment * kSegmentBytes;
  RESUS_TRY(offer.unreadable, decode_unreadable(in, begin, begin + offer.states.size() * kBlockBytes));
  if (auto shape = check_offer_shape(offer); !shape) return hw::failure(in.error(shape.error().context));
  return offer;
}

Result<Wanted> get_wanted(ByteReader& in) {
  Wanted wanted;
  RESUS_TRY(wanted.segment, in.varint_up_to(kMaxSegment));
  RESUS_TRY(const auto count, in.varint_up_to(kBlocksPerSegment));
  RESUS_TRY(const auto bits, in.text((count + 7) / 8));
  wanted.deliver.resize(count);
  for (std::size_t i = 0; i < bits.size() * 8; ++i) {
    const bool set = (static_cast<std::uint8_t>(bits[i / 8]) >> (i % 8) & 1) != 0;
    if (i < count) wanted.deliver[i] = set;
    if (i >= count && set) return hw::failure(in.error("bits beyond the last block"));
  }
  return wanted;
}

std::uint8_t version_of(std::span<const SegmentOffer> offers) {
  const bool rescue = std::ranges::any_of(offers, [](const SegmentOffer& offer) {
    return offer.held_back() || std::ranges::find(offer.unreadable, ReadCause::kNotTried, &UnreadableRange::cause) !=
                                    offer.unreadable.end();
  });
  return rescue ? kOfferVersionRescue : kOfferVersion;
}

Result<std::uint8_t> get_count(ByteReader& in) {
  RESUS_TRY(const auto count, in.u8());
  if (count == 0 || count > kMaxOffersPerMessage) return hw::failure(in.error("a message holds 1 to 8 segments"));
  return count;
}

std::vector<std::byte> to_vector(std::string_view text) {
  const auto bytes = as_bytes(text);
  return {bytes.begin(), bytes.end()};
}

}  // namespace

Result<void> check_offer_shape(const SegmentOffer& offer) {
  const auto wrong = [](const char* what) { return hw::fail(hw::Code::kBadInput, what); };
  if (offer.states.size() > kBlocksPerSegment) return wrong("a segment has 1 to 256 blocks");
  if (offer.states.empty() && !offer.unreadable.empty()) return wrong("nothing is said yet of a segment held back");
  if (offer.segment > kMaxSegment) return wrong("segment number too large");
  if (offer.ids.size() != data_blocks(offer.states)) return wrong("one id for each data block is due");
  const auto begin = offer.segment * kSegmentBytes;
  auto end = begin;
  for (const auto& range : offer.unreadable) {
    if (range.offset_bytes < end || range.length_bytes == 0) return wrong("unreadable ranges out of order");
    end = range.offset_bytes + range.length_bytes;
    if (end < range.offset_bytes || end > begin + offer.states.size() * kBlockBytes) {
      return wrong("unreadable range outside its segment");
    }
  }
  return hw::success();
}

std::string encode_offers(std::span<const SegmentOffer> offers) {
  ByteWriter out;
  out.text(kOfferMagic);
  out.u8(version_of(offers));
  out.u8(static_cast<std::uint8_t>(offers.size()));
  for (const auto& offer : offers) put_offer(out, offer);
  return out.take();
}

Result<std::vector<SegmentOffer>> decode_offers(std::string_view bytes) {
  ByteReader in(bytes);
  RESUS_TRY(in.expect(kOfferMagic, "an offer"));
  RESUS_TRY(const auto version, in.u8());
  RESUS_TRY(const auto count, get_count(in));
  std::vector<SegmentOffer> offers;
  for (unsigned i = 0; i < count; ++i) {
    RESUS_TRY(auto offer, get_offer(in));
    offers.push_back(std::move(offer));
  }
  RESUS_TRY(in.expect_end());
  if (version != version_of(offers)) return hw::failure(in.error("offers of another version than their message says"));
  return offers;
}

std::string encode_wanted(std::span<const Wanted> wanted) {
  ByteWriter out;
  out.text(kWantedMagic);
  out.u8(static_cast<std::uint8_t>(wanted.size()));
  for (const auto& one : wanted) {
    out.varint(one.segment);
    out.varint(one.deliver.size());
    for (std::size_t i = 0; i < one.deliver.size(); i += 8) {
      std::uint8_t eight = 0;
      for (std::size_t k = i; k < std::min(i + 8, one.deliver.size()); ++k) {
        if (one.deliver[k]) eight = static_cast<std::uint8_t>(eight | 1u << (k - i));
      }
      out.u8(eight);
    }
  }
  return out.take();
}

Result<std::vector<Wanted>> decode_wanted(std::string_view bytes) {
  ByteReader in(bytes);
  RESUS_TRY(in.expect(kWantedMagic, "an answer of version 1"));
  RESUS_TRY(const auto count, get_count(in));
  std::vector<Wanted> answers;
  for (unsigned i = 0; i < count; ++i) {
    RESUS_TRY(auto wanted, get_wanted(in));
    answers.push_back(std::move(wanted));
  }
  RESUS_TRY(in.expect_end());
  return answers;
}

std::string encode_frame(const Frame& frame) {
  ByteWriter out;
  out.reserve(kFrameMagic.size() + 10 + 32 * frame.ids.size() + frame.compressed.size());
  out.text(kFrameMagic);
  out.u16(static_cast<std::uint16_t>(frame.ids.size()));
  out.u32(frame.raw_bytes);
  out.u32(static_cast<std::uint32_t>(frame.compressed.size()));
  put_ids(out, frame.ids);
  out.text(as_text(frame.compressed));
  return out.take();
}

Result<Frame> decode_frame(std::string_view bytes) {
  ByteReader in(bytes);
  Frame frame;
  RESUS_TRY(in.expect(kFrameMagic, "a frame of version 1"));
  RESUS_TRY(const auto count, in.u16());
  if (count == 0 || count > kBlocksPerSegment) return hw::failure(in.error("a frame holds 1 to 256 blocks"));
  RESUS_TRY(frame.raw_bytes, in.u32());
  RESUS_TRY(const auto compressed_bytes, in.u32());
  RESUS_TRY(frame.ids, get_ids(in, count));
  RESUS_TRY(const auto compressed, in.text(compressed_bytes));
  RESUS_TRY(in.expect_end());
  frame.compressed = to_vector(compressed);
  if (auto shape = check_frame_shape(frame); !shape) return hw::failure(in.error(shape.error().context));
  return frame;
}

std::string encode_segment(const GoldenSegment& segment) {
  ByteWriter out;
  out.reserve(4 + 32 * segment.ids.size() + segment.compressed.size());
  out.u32(static_cast<std::uint32_t>(segment.ids.size()));
  put_ids(out, segment.ids);
  out.text(as_text(segment.compressed));
  return out.take();
}

Result<GoldenSegment> decode_segment(std::uint64_t number, std::string_view bytes) {
  ByteReader in(bytes);
  GoldenSegment segment{.segment = number, .ids = {}, .compressed = {}};
  RESUS_TRY(const auto count, in.u32());
  if (count == 0 || count > kBlocksPerSegment) return hw::failure(in.error("a segment has 1 to 256 blocks"));
  RESUS_TRY(segment.ids, get_ids(in, count));
  if (in.left() == 0 || in.left() > max_compressed_bytes()) return hw::failure(in.error("segment of impossible size"));
  RESUS_TRY(const auto compressed, in.text(in.left()));
  segment.compressed = to_vector(compressed);
  return segment;
}

}  // namespace resus::imaging
