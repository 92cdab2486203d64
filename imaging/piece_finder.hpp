#pragma once
// From offers and maps to pieces of 64 KiB and back.
#include "imaging/claims.hpp"
#include "imaging/evidence_sink.hpp"
#include "imaging/known_pieces.hpp"

namespace resus::imaging {

/// Answers what the memory index did not know from the index on disk: sets answers to kStored, sixteen at a time, where not
/// all of a piece was known. An index that cannot be read finds nothing: blocks are then stored once more.
/// @pre answers.size() == offer.ids.size(). Threads: any.
void find_pieces(KnownPieces& pieces, IdSource& ids, const SegmentOffer& offer, std::span<BlockAnswer> answers);

/// Enters the pieces of a map, as far as they lie in packs from `first_pack` on, and remembers `source`.
/// Errors: kWrite. A frame that cannot be read is left out.
[[nodiscard]] Result<void> enter_pieces(KnownPieces& pieces, IdSource& ids, const DiskMap& map,
                                        std::uint32_t first_pack, std::string_view source);

}  // namespace resus::imaging
