#pragma once
// Which 64 KiB pieces of disks the store has, and where: what no longer fits into the memory of KnownBlocks.
#include <optional>
#include <span>
#include <string_view>

#include "imaging/disk_map.hpp"

namespace resus::imaging {

/// Sixteen blocks that lie at a multiple of 64 KiB of a disk, none of them zero, and behind each other in one frame.
/// Its id is the tree's level-1 node over them (imaging/FORMAT.md section 2).
struct Piece {
  Digest id;
  BlockPlace first;
};

/// An index on disk that outlives the process. It may forget, and after a crash or the removal of a pack it may name
/// places that are not true any more: whoever asks compares with the ids the pack itself holds (PieceFinder does).
/// Threads: any.
class KnownPieces {
 public:
  virtual ~KnownPieces() = default;
  /// One result an id. @pre places.size() == ids.size(). Errors: kRead.
  [[nodiscard]] virtual Result<void> lookup(std::span<const Digest> ids,
                                            std::span<std::optional<BlockPlace>> places) = 0;
  /// A piece that is known already gets the new place. Errors: kWrite.
  [[nodiscard]] virtual Result<void> insert(std::span<const Piece> pieces) = 0;
  /// Whether the pieces of this evidence or golden image were all entered. Errors: kRead.
  [[nodiscard]] virtual Result<bool> has_source(std::string_view id) = 0;
  /// Errors: kWrite.
  [[nodiscard]] virtual Result<void> add_source(std::string_view id) = 0;
};

}  // namespace resus::imaging
