#pragma once
// The block ids of a disk in disk order, without reading its content.
#include <memory>
#include <optional>
#include <vector>

#include "imaging/packs.hpp"

namespace resus::imaging {

/// Ids of one map, block by block. Memory: the ids of one frame. Threads: one.
class IdWalk {
 public:
  /// Both outlive the walk.
  IdWalk(Packs& packs, const DiskMap& map) : packs_(packs), map_(map) {}

  /// Id of the next block; nothing when it cannot be known (unreadable, unused, damaged) or the disk ended.
  std::optional<BlockId> next();
  /// How the map keeps the block that next() gave last.
  [[nodiscard]] RunKind kind() const { return kind_; }
  /// The first frame whose ids the store could not give.
  [[nodiscard]] const std::optional<FrameRef>& damaged() const { return damaged_; }

 private:
  [[nodiscard]] BlockId zero_of_last_block() const;
  Packs& packs_;
  const DiskMap& map_;
  std::size_t run_ = 0;
  std::uint64_t into_run_ = 0;
  std::uint64_t block_ = 0;
  RunKind kind_ = RunKind::kZero;
  std::optional<FrameRef> damaged_;
  std::shared_ptr<const std::vector<BlockId>> ids_;
};

}  // namespace resus::imaging
