#include "imaging/deploy_work.hpp"

#include <algorithm>

#include "imaging/sha256.hpp"

namespace resus::imaging {
namespace {

constexpr std::uint64_t kMaxGapBlocks = 4;

std::uint64_t blocks_in(std::uint64_t bytes) { return (bytes + kBlockBytes - 1) / kBlockBytes; }
std::uint64_t segment_start(std::uint64_t offset) { return offset / kSegmentBytes * kSegmentBytes; }

std::vector<BlockId> ids_of(std::span<const std::byte> bytes) {
  std::vector<BlockId> ids(blocks_in(bytes.size()));
  block_ids(bytes, ids);
  return ids;
}

bool any(const std::vector<bool>& flags) { return std::ranges::find(flags, true) != flags.end(); }

/// Node of `bytes` zeros, which has a constant for whole segments.
Digest zero_node(std::uint64_t bytes) {
  const auto make = [](std::uint64_t length) {
    const std::vector<std::byte> zeros(length);
    return segment_node(ids_of(zeros));
  };
  static const Digest whole = make(kSegmentBytes);
  return bytes == kSegmentBytes ? whole : make(bytes);
}

/// Blocks that differ from the golden ones. What could not be read differs.
std::vector<bool> differing(const DiskPiece& content, const std::vector<BlockId>& golden) {
  const auto ids = ids_of(content.bytes());
  std::vector<bool> differs(golden.size());
  for (std::size_t i = 0; i < golden.size(); ++i) differs[i] = i >= ids.size() || ids[i] != golden[i];
  for (const auto& lost : content.unreadable) {
    const auto begin = (lost.offset_bytes - content.offset_bytes) / kBlockBytes;
    const auto end = blocks_in(lost.offset_bytes - content.offset_bytes + lost.length_bytes);
    for (auto i = begin; i < end; ++i) differs[i] = true;
  }
  return differs;
}

}  // namespace

DeployOrder::DeployOrder(std::uint64_t image_bytes, std::uint64_t disk_bytes) {
  const auto add = [](std::vector<DiskRange>& ranges, std::uint64_t begin, std::uint64_t end) {
    if (begin < end) ranges.push_back({begin, end});
  };
  const auto first_end = std::min<std::uint64_t>(kSegmentBytes, image_bytes);
  const auto last_begin = segment_start(image_bytes - 1);
  add(body, first_end, last_begin);
  add(body, image_bytes, disk_bytes);
  add(boot, std::max(last_begin, first_end), image_bytes);
  add(boot, 0, first_end);
  add(unboot, 0, first_end);
  // Firmware falls back to the backup table in the disk's last sectors.
  add(unboot, std::max(segment_start(disk_bytes - 1), first_end), disk_bytes);
}

std::vector<bool> KnownPieces::to_write(const DiskRange& piece) {
  if (piece.begin < image_bytes_) {
    return image_blocks(piece.begin / kBlockBytes, blocks_in(piece.end - piece.begin));
  }
  const auto segment = piece.begin / kSegmentBytes;
  const bool zero = segment < known_.zero_segments.size() && known_.zero_segments[segment];
  return zero ? std::vector<bool>() : std::vector<bool>(blocks_in(piece.end - piece.begin), true);
}

std::vector<bool> KnownPieces::image_blocks(std::uint64_t first, std::uint64_t count) {
  const auto& runs = known_.plan.runs();
  if (first < run_begin_) run_ = run_begin_ = 0;
  std::vector<bool> to_write(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    while (run_ < runs.size() && first + i >= run_begin_ + runs[run_].blocks) run_begin_ += runs[run_++].blocks;
    to_write[i] = run_ >= runs.size() || runs[run_].kind != PlanKind::kKeep;
  }
  return any(to_write) ? to_write : std::vector<bool>();
}

std::vector<DiskRange> coalesced(const DiskRange& piece, const std::vector<bool>& to_write) {
  std::vector<DiskRange> ranges;
  for (std::uint64_t block = 0; block < to_write.size(); ++block) {
    if (!to_write[block]) continue;
    const auto begin = piece.begin + block * kBlockBytes;
    const auto end = std::min(begin + kBlockBytes, piece.end);
    if (!ranges.empty() && begin - ranges.back().end <= kMaxGapBlocks * kBlockBytes) {
      ranges.back().end = end;
    } else {
      ranges.push_back({begin, end});
    }
  }
  return ranges;
}

DeployDecider::DeployDecider(const CheckedImage& image, ImageSource& source, BufferPool& raw_buffers, DeployBusy& busy)
    : image_(image), source_(source), raw_buffers_(raw_buffers), busy_(busy) {}

const Digest& DeployDecider::node_of(const DiskRange& range) const {
  return image_.nodes[range.begin / kSegmentBytes];
}

bool DeployDecider::zero_wanted(const DiskRange& range) const {
  return range.begin >= image_.manifest.disk_bytes || node_of(range) == zero_node(range.end - range.begin);
}

bool DeployDecider::is_right(const UndecidedPiece& piece, bool zero) const {
  if (!piece.content) return !any(piece.known_to_write);
  if (!piece.content->unreadable.empty()) return false;
  const auto bytes = piece.content->bytes();
  return zero ? is_zero(bytes) : segment_node(ids_of(bytes)) == node_of(piece.range);
}

Result<std::optional<DecidedPiece>> DeployDecider::decide(UndecidedPiece piece, const DeploymentOptions& options,
                                                          ProgressSink& progress, const std::stop_token& stop) {
  DecidedPiece decided;
  decided.range = piece.range;
  const bool zero = zero_wanted(piece.range);
  if (timed(busy_.compare, [&] { return is_right(piece, zero); })) return std::optional(std::move(decided));
  if (zero) {
    decided.action = PieceAction::kZero;
    return std::optional(std::move(decided));
  }
  const auto segment = piece.range.begin / kSegmentBytes;
  const auto fetch = [&] { return timed(busy_.fetch, [&] { return source_.fetch(segment); }); };
  RESUS_TRY(const auto golden, retried(fetch, options.pause, progress, stop));
  decided.raw = raw_buffers_.take();
  if (decided.raw.empty()) return std::optional<DecidedPiece>();
  const auto raw = decided.raw.bytes().first(piece.range.end - piece.range.begin);
  RESUS_TRY(timed(busy_.verify, [&] { return verify_segment(golden, node_of(piece.range), raw); }));
  decided.fetched_bytes = golden.compressed.size();
  decided.action = PieceAction::kWrite;
  const auto to_write = timed(busy_.compare, [&] { return piece.content ? differing(*piece.content, golden.ids) : piece.known_to_write; });
  decided.writes = coalesced(piece.range, to_write);
  return std::optional(std::move(decided));
}

}  // namespace resus::imaging
