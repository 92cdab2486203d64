#pragma once
// KnownPieces in RocksDB: as many pieces as the disk holds.
#include <memory>
#include <string>

#include "imaging/known_pieces.hpp"

namespace resus::imaging {

/// Opens or creates the index in `folder`. One that is damaged or of another version is thrown away and begun anew: it is
/// made from maps and packs, and the store enters again whatever it does not find there. 33 bytes a piece on disk
/// (half a gigabyte for a terabyte of stored blocks, and then about 100 MiB of memory, of which the cache is a fixed part).
/// One process at a time (the store's lock sees to it). Errors: kWrite (folder cannot be written).
[[nodiscard]] Result<std::unique_ptr<KnownPieces>> open_rocks_pieces(const std::string& folder);

}  // namespace resus::imaging
