// Searching the content of a store: each frame is unpacked once, however many disks share it.
#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>
#include <thread>

#include "imaging/block_hits.hpp"
#include "imaging/given_back.hpp"
#include "imaging/pattern_scan.hpp"
#include "imaging/store_parts.hpp"

namespace resus::imaging {
namespace {

/// 64 MiB of finds; who meets this limit looks for something that is everywhere.
constexpr std::uint64_t kMostHits = 16u << 20;
/// Of a frame's entry in a map.
constexpr std::uint64_t kFrameBytes = 64;
constexpr std::array<std::byte, kBlockBytes> kZeros{};

struct EdgeAt {
  std::uint8_t index = 0;
  BlockEdges edges;
};

/// Unpacks frames and remembers what was found in them. Threads: scan_all() starts its own.
class FrameScan {
 public:
  FrameScan(Packs& packs, const PatternScan& scan, const SearchOptions& options) : packs_(packs), scan_(scan), options_(options) {}

  Result<void> scan_all() {
    for (const auto& pack : packs_.all()) {
      for (std::uint32_t frame = 0; frame < pack->frame_count(); ++frame) frames_.push_back({.pack = pack->number(), .frame = frame});
    }
    {
      std::vector<std::jthread> threads;
      const auto count = options_.threads > 0 ? options_.threads : std::max(1u, std::thread::hardware_concurrency());
      for (unsigned i = 0; i < count; ++i) threads.emplace_back([this] { work(); });
    }
    if (options_.stop.stop_requested()) return hw::fail(hw::Code::kCancelled, "the search was stopped");
    if (too_many_) {
      return hw::fail(hw::Code::kSpace, "the pattern, or its beginning or end at the edge of a block, occurs too often to be remembered (" + std::to_string(hits.size()) +
                                            " times so far, at most " + std::to_string(kMostHits) + "); give a longer one, or one that neither begins nor ends with zeros");
    }
    std::ranges::sort(damaged, {}, [](const DamagedFrame& d) { return std::pair(d.pack, d.frame); });
    return hw::success();
  }

  [[nodiscard]] const std::vector<EdgeAt>* edges_of(const FrameRef& frame) const {
    const auto found = edges_.find(std::uint64_t{frame.pack} << 32 | frame.frame);
    return found == edges_.end() ? nullptr : &found->second;
  }

  BlockHits hits;
  std::vector<DamagedFrame> damaged;
  GivenBack given_back;

 private:
  void work() {
    std::vector<std::byte> raw;
    for (std::size_t i = next_++; i < frames_.size() && !options_.stop.stop_requested() && !too_many_; i = next_++) {
      scan_frame(frames_[i], raw);
    }
  }

  void scan_frame(const FrameRef& frame, std::vector<std::byte>& raw) {
    auto read = read_frame(frame, raw);
    std::vector<BlockHit> found;
    std::vector<EdgeAt> edges;
    for (std::size_t at = 0; read && at < raw.size(); at += kBlockBytes) {
      const auto block = std::span<const std::byte>(raw).subspan(at, std::min(kBlockBytes, raw.size() - at));
      const auto index = static_cast<std::uint8_t>(at / kBlockBytes);
      scan_.each_within(block, [&](std::size_t offset) { found.push_back({.index = index, .offset_bytes = static_cast<std::uint16_t>(offset)}); });
      const auto edge = scan_.edges(block);
      if (edge.any()) edges.push_back({.index = index, .edges = edge});
    }
    const std::lock_guard lock(mutex_);
    if (!read) note_unread(frame, read.error());
    if (!found.empty()) hits.put(frame, std::move(found));
    edge_bytes_ += edges.empty() ? 0 : edges.size() * sizeof(EdgeAt) + kFrameBytes;
    if (!edges.empty()) edges_[std::uint64_t{frame.pack} << 32 | frame.frame] = std::move(edges);
    if (hits.size() >= kMostHits || hits.size() * sizeof(BlockHit) + edge_bytes_ > options_.memory_bytes) too_many_ = true;
    ++done_;
    if (options_.progress) options_.progress({.done_bytes = done_ * kSegmentBytes, .total_bytes = frames_.size() * kSegmentBytes});
  }

  void note_unread(const FrameRef& frame, const hw::Error& why) {
    const auto pack = packs_.get(frame.pack);
    if (pack && pack.value()->freed(frame.frame)) return given_back.add(frame);
    damaged.push_back({.pack = frame.pack, .frame = frame.frame, .reason = why.context});
  }

  Result<void> read_frame(const FrameRef& frame, std::vector<std::byte>& raw) {
    RESUS_TRY(const auto pack, packs_.get(frame.pack));
    RESUS_TRY(const auto entry, pack->entry(frame.frame));
    raw.resize(entry.raw_bytes);
    return pack->read(frame.frame, raw);
  }

  Packs& packs_;
  const PatternScan& scan_;
  const SearchOptions& options_;
  std::vector<FrameRef> frames_;
  std::atomic<std::size_t> next_ = 0;
  std::atomic<bool> too_many_ = false;
  std::mutex mutex_;  ///< of everything that is found
  std::uint64_t done_ = 0, edge_bytes_ = 0;
  std::unordered_map<std::uint64_t, std::vector<EdgeAt>> edges_;
};

/// Lays what was found in frames out on one disk. Threads: one.
class OnDisk {
 public:
  OnDisk(FrameScan& frames, const PatternScan& scan, std::size_t most) : frames_(frames), scan_(scan), most_(most), zeros_(scan.edges(kZeros)) {}

  FoundOnDisk find(const StoredDisk& disk, const DiskMap& map, NotSearched& missed) {
    found_ = {.disk = disk, .count = 0, .offsets_bytes = {}};
    std::uint64_t block = 0;
    for (std::size_t i = 0; i < map.runs().size(); ++i) {
      const auto& run = map.runs()[i];
      const Run* const next = i + 1 < map.runs().size() ? &map.runs()[i + 1] : nullptr;
      places_.clear();
      if (run.kind == RunKind::kData) {
        frames_.given_back.refer(run.place.frame, missed);
        within(run, block * kBlockBytes);
      }
      across(run, next, block * kBlockBytes);
      std::ranges::sort(places_);
      for (const auto place : places_) {
        // The zeros of a short last block are fewer than a whole block's.
        if (place + scan_.pattern().size() <= map.disk_bytes()) add_place(found_, place, most_);
      }
      block += run.blocks;
    }
    return std::move(found_);
  }

 private:
  void within(const Run& run, std::uint64_t offset) {
    const auto* const hits = frames_.hits.of(run.place.frame);
    if (hits == nullptr) return;
    frames_.hits.refer(run.place.frame, run.place.index, run.blocks);
    for (const auto& hit : *hits) {
      if (hit.index < run.place.index || hit.index - run.place.index >= run.blocks) continue;
      places_.push_back(offset + (hit.index - run.place.index) * kBlockBytes + hit.offset_bytes);
    }
  }

  /// Occurrences that begin in this run and end in the block behind: within the run, or the first of the next one.
  void across(const Run& run, const Run* next, std::uint64_t offset) {
    const auto border = [&](std::uint64_t blocks, std::uint16_t tail, std::uint16_t head) {
      for (const auto before : scan_.across(tail, head)) places_.push_back(offset + blocks * kBlockBytes - before);
    };
    if (run.kind == RunKind::kZero && next != nullptr) border(run.blocks, zeros_.tail, head_of(*next));
    const auto* const edges = run.kind == RunKind::kData ? frames_.edges_of(run.place.frame) : nullptr;
    if (edges == nullptr) return;
    for (const auto& edge : *edges) {
      if (edge.edges.tail == 0 || edge.index < run.place.index || edge.index - run.place.index >= run.blocks) continue;
      const auto behind = edge.index - run.place.index + 1u;
      const auto head = behind < run.blocks ? head_in(*edges, edge.index + 1u) : next != nullptr ? head_of(*next) : std::uint16_t{0};
      border(behind, edge.edges.tail, head);
    }
  }

  static std::uint16_t head_in(const std::vector<EdgeAt>& edges, std::uint32_t index) {
    const auto found = std::ranges::lower_bound(edges, index, {}, &EdgeAt::index);
    return found != edges.end() && found->index == index ? found->edges.head : std::uint16_t{0};
  }
  std::uint16_t head_of(const Run& run) const {
    if (run.kind == RunKind::kZero) return zeros_.head;
    const auto* const edges = run.kind == RunKind::kData ? frames_.edges_of(run.place.frame) : nullptr;
    return edges == nullptr ? std::uint16_t{0} : head_in(*edges, run.place.index);
  }

  FrameScan& frames_;
  const PatternScan& scan_;
  const std::size_t most_;
  const BlockEdges zeros_;
  FoundOnDisk found_;
  std::vector<std::uint64_t> places_;
};

}  // namespace

Result<SearchResult> Store::find_bytes(std::string pattern, const SearchOptions& options) const {
  RESUS_TRY(const auto scan, PatternScan::of(std::move(pattern)));
  FrameScan frames(parts_->packs, scan, options);
  RESUS_TRY(frames.scan_all());
  SearchResult result;
  result.not_searched.frames = std::move(frames.damaged);
  OnDisk on_disk(frames, scan, options.most_offsets);
  RESUS_TRY(each_disk(*parts_, [&](const StoredDisk& disk, const Result<DiskMap>& map) -> Result<void> {
    if (options.stop.stop_requested()) return hw::fail(hw::Code::kCancelled, "the search was stopped");
    if (!map) {
      result.not_searched.disks.push_back(disk.id + ": " + map.error().to_string());
      return hw::success();
    }
    auto found = on_disk.find(disk, map.value(), result.not_searched);
    if (found.count > 0) result.disks.push_back(std::move(found));
    return hw::success();
  }));
  result.unreferenced = frames.hits.unreferenced();
  return result;
}

}  // namespace resus::imaging
