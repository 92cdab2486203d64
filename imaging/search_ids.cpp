// Searching a store by block ids: content is not read.
#include <algorithm>
#include <map>
#include <set>

#include "imaging/block_hits.hpp"
#include "imaging/given_back.hpp"
#include "imaging/store_parts.hpp"

namespace resus::imaging {
namespace {

using Wanted = std::map<BlockId, std::vector<std::uint64_t>>;  // where in the file, in blocks

Result<void> go_on(const SearchOptions& options) {
  if (options.stop.stop_requested()) return hw::fail(hw::Code::kCancelled, "the search was stopped");
  return hw::success();
}

/// Calls `take(frame, index, id)` for the id of every stored block.
template <class Take>
Result<void> each_stored_id(const Packs& packs, const SearchOptions& options, NotSearched& missed, GivenBack& given_back, Take take) {
  const auto all = packs.all();
  Progress so_far;
  for (const auto& pack : all) so_far.total_bytes += pack->frame_count() * std::uint64_t{kSegmentBytes};
  for (const auto& pack : all) {
    for (std::uint32_t frame = 0; frame < pack->frame_count(); ++frame) {
      RESUS_TRY(go_on(options));
      so_far.done_bytes += kSegmentBytes;
      if (options.progress) options.progress(so_far);
      const auto ids = pack->ids(frame);
      const bool freed = !ids && pack->freed(frame);
      if (freed) given_back.add({.pack = pack->number(), .frame = frame});
      if (!ids && !freed) missed.frames.push_back({.pack = pack->number(), .frame = frame, .reason = ids.error().context});
      for (std::size_t i = 0; ids && i < ids.value().size(); ++i) {
        take(FrameRef{.pack = pack->number(), .frame = frame}, static_cast<std::uint8_t>(i), ids.value()[i]);
      }
    }
  }
  return hw::success();
}

Result<Wanted> positions_of(const WantedFile& file) {
  RESUS_TRY(check_wanted(file));
  Wanted wanted;
  for (std::size_t i = 0; i < file.ids.size(); ++i) {
    if (file.ids[i] != zero_block_id()) wanted[file.ids[i]].push_back(i);
  }
  if (wanted.empty()) return hw::fail(hw::Code::kBadInput, "the file holds nothing but zeros, which are not stored");
  return wanted;
}

/// Stored blocks of the file by frame, each with its positions in the file.
using Positions = std::map<FrameRef, std::map<std::uint32_t, const std::vector<std::uint64_t>*>>;

/// One disk's blocks of the file, in disk order. Threads: one.
class Pieces {
 public:
  Pieces(const FileSearchResult& file, std::size_t most) : file_(file), most_(most) {}

  void block(std::uint64_t disk_block, const std::vector<std::uint64_t>& positions) {
    found_.insert(positions.front());
    const bool goes_on = disk_block == next_disk_ && std::ranges::find(positions, next_file_) != positions.end();
    const auto position = goes_on ? next_file_ : positions.front();
    if (!goes_on) end_piece();
    if (!goes_on) open_ = {.file_offset_bytes = position * kBlockBytes, .disk_offset_bytes = disk_block * kBlockBytes, .length_bytes = 0};
    const auto length = std::min<std::uint64_t>(kBlockBytes, file_.bytes - position * kBlockBytes);
    open_.length_bytes += length;
    tail_zeros_ = tail_zeros_ || length < kBlockBytes;
    next_disk_ = disk_block + 1;
    next_file_ = position + 1;
    if (next_file_ == file_.bytes / kBlockBytes && file_.bytes % kBlockBytes != 0) before_tail_.push_back(next_disk_ * kBlockBytes);
  }

  FileOnDisk finish() {
    end_piece();
    result_.found_blocks = found_.size();
    if (file_.bytes % kBlockBytes != 0) result_.tail = tail_zeros_ ? FileTail::kZeros : FileTail::kNotFound;
    return std::move(result_);
  }
  /// Where on the disk the unfinished last block may begin: behind a block that is the file's last whole one.
  [[nodiscard]] const std::vector<std::uint64_t>& before_tail() const { return before_tail_; }

 private:
  void end_piece() {
    if (open_.length_bytes == 0) return;
    ++result_.piece_count;
    if (result_.pieces.size() < most_) result_.pieces.push_back(open_);
    open_ = {};
  }
  const FileSearchResult& file_;
  const std::size_t most_;
  FileOnDisk result_;
  FilePiece open_;
  std::set<std::uint64_t> found_;
  std::vector<std::uint64_t> before_tail_;
  std::uint64_t next_disk_ = ~0ull, next_file_ = ~0ull;
  bool tail_zeros_ = false;
};

/// Whether the file's end lies at one of these places with other bytes behind it.
Result<bool> tail_lies_at(EvidenceReader& disk, std::span<const std::byte> tail, std::span<const std::uint64_t> places) {
  std::vector<std::byte> there(tail.size());
  for (const auto place : places) {
    if (place + tail.size() > disk.map().disk_bytes()) continue;
    RESUS_TRY(disk.read(place, there));
    if (std::ranges::equal(there, tail)) return true;
  }
  return false;
}

}  // namespace

Result<SearchResult> Store::find_block(const BlockId& id, const SearchOptions& options) const {
  if (id == zero_block_id()) return hw::fail(hw::Code::kUsage, "this is the block of zeros: it is on every disk and not stored");
  SearchResult result;
  GivenBack given_back;
  std::map<FrameRef, std::vector<BlockHit>> found;
  RESUS_TRY(each_stored_id(parts_->packs, options, result.not_searched, given_back, [&](const FrameRef& frame, std::uint8_t index, const BlockId& stored) {
    if (stored == id) found[frame].push_back({.index = index, .offset_bytes = 0});
  }));
  BlockHits hits;
  for (auto& [frame, in_frame] : found) hits.put(frame, std::move(in_frame));
  RESUS_TRY(each_disk(*parts_, [&](const StoredDisk& disk, const Result<DiskMap>& map) -> Result<void> {
    RESUS_TRY(go_on(options));
    FoundOnDisk on_disk{.disk = disk, .count = 0, .offsets_bytes = {}};
    if (!map) result.not_searched.disks.push_back(disk.id + ": " + map.error().to_string());
    std::uint64_t block = 0;
    for (const auto& run : map ? map.value().runs() : std::vector<Run>()) {
      const auto* const in_frame = run.kind == RunKind::kData ? hits.of(run.place.frame) : nullptr;
      for (std::size_t i = 0; in_frame != nullptr && i < in_frame->size(); ++i) {
        const auto index = (*in_frame)[i].index;
        if (index < run.place.index || index - run.place.index >= run.blocks) continue;
        add_place(on_disk, (block + index - run.place.index) * kBlockBytes, options.most_offsets);
      }
      if (in_frame != nullptr) hits.refer(run.place.frame, run.place.index, run.blocks);
      if (run.kind == RunKind::kData) given_back.refer(run.place.frame, result.not_searched);
      block += run.blocks;
    }
    if (on_disk.count > 0) result.disks.push_back(std::move(on_disk));
    return hw::success();
  }));
  result.unreferenced = hits.unreferenced();
  return result;
}

Result<FileSearchResult> Store::find_file(const WantedFile& file, const SearchOptions& options) const {
  RESUS_TRY(const auto wanted, positions_of(file));
  FileSearchResult result{.sha256 = file.sha256, .bytes = file.bytes, .blocks = wanted.size(), .disks = {}, .not_searched = {}};
  Positions positions;
  GivenBack given_back;
  RESUS_TRY(each_stored_id(parts_->packs, options, result.not_searched, given_back, [&](const FrameRef& frame, std::uint8_t index, const BlockId& stored) {
    if (const auto found = wanted.find(stored); found != wanted.end()) positions[frame][index] = &found->second;
  }));
  RESUS_TRY(each_disk(*parts_, [&](const StoredDisk& disk, const Result<DiskMap>& map) -> Result<void> {
    RESUS_TRY(go_on(options));
    if (!map) {
      result.not_searched.disks.push_back(disk.id + ": " + map.error().to_string());
      return hw::success();
    }
    Pieces pieces(result, options.most_offsets);
    std::uint64_t block = 0;
    for (const auto& run : map.value().runs()) {
      const auto in_frame = run.kind == RunKind::kData ? positions.find(run.place.frame) : positions.end();
      if (run.kind == RunKind::kData) given_back.refer(run.place.frame, result.not_searched);
      for (std::uint64_t i = 0; in_frame != positions.end() && i < run.blocks; ++i) {
        const auto at = in_frame->second.find(run.place.index + static_cast<std::uint32_t>(i));
        if (at != in_frame->second.end()) pieces.block(block + i, *at->second);
      }
      block += run.blocks;
    }
    auto on_disk = pieces.finish();
    if (on_disk.found_blocks == 0) return hw::success();
    if (on_disk.tail == FileTail::kNotFound && !pieces.before_tail().empty()) {
      RESUS_TRY(const auto reader, disk.golden ? read_image(disk.id) : open_evidence(disk.id));
      RESUS_TRY(const bool there, tail_lies_at(*reader, file.tail, pieces.before_tail()));
      if (there) on_disk.tail = FileTail::kOther;
    }
    // The unfinished block is one of those that are looked for, unless it holds nothing but zeros.
    const auto without_id = on_disk.tail == FileTail::kOther ? 1u : 0u;
    on_disk.whole = on_disk.found_blocks + without_id >= result.blocks;
    on_disk.disk = disk;
    result.disks.push_back(std::move(on_disk));
    return hw::success();
  }));
  return result;
}

}  // namespace resus::imaging
