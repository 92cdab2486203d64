#pragma once
// Offers, answers and frames as bytes between agent and depot. imaging/FORMAT.md section 14.
// Decoders take hostile input: every count is bounded before anything is allocated.
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "imaging/evidence_sink.hpp"
#include "imaging/golden_image.hpp"

namespace resus::imaging {

inline constexpr std::size_t kMaxOffersPerMessage = 8;
/// Upper bound of an encoded message of each kind, for request body limits.
inline constexpr std::size_t kMaxOfferMessageBytes = 512 * 1024;
inline constexpr std::size_t kMaxFrameMessageBytes = 2 * kSegmentBytes;

/// @pre 1 to 8 offers, each of a form decode_offers() accepts.
[[nodiscard]] std::string encode_offers(std::span<const SegmentOffer> offers);
/// Errors (all decoders): kBadInput with the byte offset.
[[nodiscard]] Result<std::vector<SegmentOffer>> decode_offers(std::string_view bytes);
[[nodiscard]] std::string encode_wanted(std::span<const Wanted> wanted);
[[nodiscard]] Result<std::vector<Wanted>> decode_wanted(std::string_view bytes);
[[nodiscard]] std::string encode_frame(const Frame& frame);
/// Sizes agree; the content is not unpacked (see check_frame()).
[[nodiscard]] Result<Frame> decode_frame(std::string_view bytes);
/// u32 count ‖ ids ‖ zstd frame. The segment number travels in the request.
[[nodiscard]] std::string encode_segment(const GoldenSegment& segment);
[[nodiscard]] Result<GoldenSegment> decode_segment(std::uint64_t number, std::string_view bytes);

/// The offer's parts fit each other: up to 256 states (none: held back), an id per data block, ranges inside the segment.
[[nodiscard]] Result<void> check_offer_shape(const SegmentOffer& offer);

}  // namespace resus::imaging
