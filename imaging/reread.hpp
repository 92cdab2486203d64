#pragma once
// Reads everything a disk map refers to again, from the device, and recomputes what the record claims.
#include <functional>
#include <stop_token>

#include "imaging/evidence_reader.hpp"
#include "imaging/packs.hpp"
#include "imaging/progress.hpp"

namespace resus::imaging {

struct Reread {
  TreeRoot root;
  Digest sha256;                          ///< unreadable, unused and damaged bytes as zeros
  std::vector<DamagedFrame> damaged_frames;
  std::vector<ByteRange> damaged_ranges;  ///< of the disk, merged
  std::uint64_t bytes = 0;
};

/// Part of a disk that lies in one frame, or has no bytes of its own. At most one segment long.
struct MapPiece {
  RunKind kind = RunKind::kZero;
  std::uint64_t first_block = 0;
  std::uint64_t blocks = 0;
  BlockPlace place = {};
  std::shared_ptr<const LoadedFrame> loaded;  ///< kData only; null when `damage` says why
  std::optional<hw::Error> damage;
};

/// Walks a map piece by piece in disk order and loads the frames. Threads: one.
class MapWalk {
 public:
  MapWalk(FrameCache& frames, const DiskMap& map, std::uint64_t from_block = 0);
  /// Nothing at the disk's end.
  [[nodiscard]] std::optional<MapPiece> next();

 private:
  const DiskMap& map_;
  FrameCache& frames_;
  std::size_t run_ = 0;
  std::uint64_t into_run_ = 0;
  std::uint64_t block_ = 0;
};

/// A second thread reads and unpacks ahead. Drops the page cache of every pack the map refers to first.
/// Errors: kInternal when the map does not cover the disk, kCancelled. Damage is in the result.
[[nodiscard]] Result<Reread> reread(Packs& packs, const DiskMap& map,
                                    const std::function<void(const Progress&)>& progress,
                                    const std::stop_token& stop = {});

/// Numbers of the packs a map refers to, ascending.
[[nodiscard]] std::vector<std::uint32_t> packs_of(const DiskMap& map);

}  // namespace resus::imaging
