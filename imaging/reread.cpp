#include "imaging/reread.hpp"

#include <algorithm>
#include <array>
#include <thread>

#include "imaging/bounded_queue.hpp"
#include "imaging/sha256.hpp"

namespace resus::imaging {
namespace {

/// Pieces read ahead; most are 1 MiB at the longest.
constexpr std::size_t kAhead = 8;

std::span<const std::byte> zeros() {
  static const std::vector<std::byte> bytes(kSegmentBytes);
  return bytes;
}

/// Takes pieces in disk order and computes.
class Recompute {
 public:
  explicit Recompute(const DiskMap& map) : disk_bytes_(map.disk_bytes()), tree_(map.disk_bytes()) {}

  void take(const MapPiece& piece) {
    const auto begin = piece.first_block * kBlockBytes;
    const auto bytes = std::min<std::uint64_t>((piece.first_block + piece.blocks) * kBlockBytes, disk_bytes_) - begin;
    if (piece.kind == RunKind::kData && piece.loaded) {
      take_data(piece, begin, bytes);
    } else if (piece.kind == RunKind::kData) {
      note_frame(piece.place.frame, piece.damage ? piece.damage->context : "not read");
      note_range(begin, bytes);
      take_without_data(piece, unreadable_block_id(), bytes);
    } else {
      take_without_data(piece, piece.kind == RunKind::kUnreadable ? unreadable_block_id() : zero_block_id(), bytes);
    }
    result_.bytes += bytes;
  }

  Result<Reread> finish() {
    RESUS_TRY(result_.root, tree_.finish());
    result_.sha256 = hasher_.finish();
    return std::move(result_);
  }

 private:
  void take_data(const MapPiece& piece, std::uint64_t begin, std::uint64_t bytes) {
    const auto raw = piece.loaded->blocks(piece.place.index, piece.blocks);
    if (raw.size() != bytes) {  // a short block anywhere but at the disk's end
      note_frame(piece.place.frame, "a block has the wrong length");
      note_range(begin, bytes);
      take_without_data(piece, unreadable_block_id(), bytes);
      return;
    }
    const auto ids = std::span(computed_).first(piece.blocks);
    hasher_.update(raw, ids);
    for (std::size_t i = 0; i < ids.size(); ++i) {
      tree_.add(ids[i]);
      if (ids[i] == (*piece.loaded->ids)[piece.place.index + i]) continue;
      note_frame(piece.place.frame, "a block does not hash to its id");
      note_range(begin + i * kBlockBytes, std::min<std::uint64_t>(kBlockBytes, bytes - i * kBlockBytes));
    }
  }

  void take_without_data(const MapPiece& piece, const BlockId& leaf, std::uint64_t bytes) {
    const bool zero = leaf == zero_block_id();
    const auto tail = bytes % kBlockBytes;
    for (std::uint64_t i = 0; i + 1 < piece.blocks; ++i) tree_.add(leaf);
    tree_.add(zero && tail != 0 ? block_id(zeros().first(tail)) : leaf);
    for (auto left = bytes; left > 0;) {
      const auto part = std::min<std::uint64_t>(left, zeros().size());
      hasher_.update_linear(zeros().first(part));
      left -= part;
    }
  }

  void note_frame(const FrameRef& frame, std::string reason) {
    const auto same = [&](const DamagedFrame& d) { return d.pack == frame.pack && d.frame == frame.frame; };
    if (std::ranges::any_of(result_.damaged_frames, same)) return;
    result_.damaged_frames.push_back({.pack = frame.pack, .frame = frame.frame, .reason = std::move(reason)});
  }
  void note_range(std::uint64_t offset, std::uint64_t length) {
    auto& ranges = result_.damaged_ranges;
    if (!ranges.empty() && ranges.back().offset_bytes + ranges.back().length_bytes == offset) {
      ranges.back().length_bytes += length;
    } else {
      ranges.push_back({.offset_bytes = offset, .length_bytes = length});
    }
  }

  const std::uint64_t disk_bytes_;
  TreeBuilder tree_;
  FusedSha256 hasher_;
  std::array<BlockId, kBlocksPerSegment> computed_;
  Reread result_;
};

}  // namespace

Result<Reread> reread(Packs& packs, const DiskMap& map, const std::function<void(const Progress&)>& progress,
                      const std::stop_token& stop) {
  for (const auto number : packs_of(map)) {
    if (auto pack = packs.get(number)) pack.value()->drop_cache();
  }
  BoundedQueue<MapPiece> queue(kAhead);
  std::jthread producer([&] {
    FrameCache frames(packs);
    MapWalk walk(frames, map);
    while (auto piece = walk.next()) {
      if (!queue.push(std::move(*piece))) return;
    }
    queue.close();
  });
  Recompute recompute(map);
  std::uint64_t told = 0;
  while (const auto piece = queue.pop()) {
    if (stop.stop_requested()) {
      queue.cancel();  // the producer is joined below and must not wait for room
      return hw::fail(hw::Code::kCancelled, "reading the disk again was stopped");
    }
    recompute.take(*piece);
    const auto done = std::min<std::uint64_t>((piece->first_block + piece->blocks) * kBlockBytes, map.disk_bytes());
    if (progress && done - told >= kSegmentBytes) {
      told = done;
      progress({.done_bytes = done, .total_bytes = map.disk_bytes()});
    }
  }
  return recompute.finish();
}

}  // namespace resus::imaging
