#include <algorithm>
#include <set>

#include "imaging/reread.hpp"

namespace resus::imaging {

MapWalk::MapWalk(FrameCache& frames, const DiskMap& map, std::uint64_t from_block) : map_(map), frames_(frames) {
  std::uint64_t left = from_block;
  while (run_ < map_.runs().size() && left >= map_.runs()[run_].blocks) left -= map_.runs()[run_++].blocks;
  into_run_ = left;
  block_ = from_block;
}

std::optional<MapPiece> MapWalk::next() {
  if (run_ >= map_.runs().size()) return std::nullopt;
  const auto& run = map_.runs()[run_];
  MapPiece piece{.kind = run.kind,
                 .first_block = block_,
                 .blocks = std::min<std::uint64_t>(run.blocks - into_run_, kBlocksPerSegment),
                 .place = run.place,
                 .loaded = nullptr,
                 .damage = {}};
  if (run.kind == RunKind::kData) {
    piece.place.index += static_cast<std::uint32_t>(into_run_);
    auto loaded = frames_.get(run.place.frame);
    if (!loaded) {
      piece.damage = std::move(loaded.error());
    } else if (piece.place.index + piece.blocks > loaded.value()->ids->size()) {
      piece.damage = hw::make_error(hw::Code::kEvidenceDamaged, "the map names a block the frame does not hold");
    } else {
      piece.loaded = std::move(loaded.value());
    }
  }
  block_ += piece.blocks;
  into_run_ += piece.blocks;
  if (into_run_ == run.blocks) {
    ++run_;
    into_run_ = 0;
  }
  return piece;
}

std::vector<std::uint32_t> packs_of(const DiskMap& map) {
  std::set<std::uint32_t> numbers;
  for (const auto& run : map.runs()) {
    if (run.kind == RunKind::kData) numbers.insert(run.place.frame.pack);
  }
  return {numbers.begin(), numbers.end()};
}

}  // namespace resus::imaging
