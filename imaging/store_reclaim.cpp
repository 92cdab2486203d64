// Gives back what only deleted evidence needed. imaging/FORMAT.md section 16.
#include <algorithm>
#include <map>
#include <set>
#include <unordered_set>

#include "hw/log.hpp"
#include "imaging/bytes.hpp"
#include "imaging/store_parts.hpp"

namespace resus::imaging {
namespace {

/// Pack in the upper half, frame in the lower.
using FrameKeys = std::unordered_set<std::uint64_t>;
std::uint64_t key_of(const FrameRef& frame) { return std::uint64_t{frame.pack} << 32 | frame.frame; }
FrameRef frame_of(std::uint64_t key) { return {.pack = static_cast<std::uint32_t>(key >> 32), .frame = static_cast<std::uint32_t>(key)}; }

void add_frames(const DiskMap& map, FrameKeys& keys) {
  for (const auto& run : map.runs()) {
    if (run.kind == RunKind::kData) keys.insert(key_of(run.place.frame));
  }
}

/// By pack, in order: what may go.
using Waste = std::map<std::uint32_t, std::set<std::uint32_t>>;

class Reclaim {
 public:
  explicit Reclaim(StoreParts& parts) : parts_(parts) {}

  Result<Reclaimed> run() {
    RESUS_TRY(collect());
    if (dead_.empty()) return Reclaimed{};
    RESUS_TRY(keep_what_is_needed());
    {
      // An acquisition that is under way may have been told that it need not send a block of these frames.
      const std::lock_guard nobody_begins(parts_.begin_mutex);
      if (parts_.ledger.sessions() > 0) return Reclaimed{.waiting = true};
      RESUS_TRY(keep_what_is_needed());  // of evidence that was finished meanwhile
      forget();
    }
    for (const auto& [pack, frames] : waste_) {
      RESUS_TRY(free_frames(pack, frames));
    }
    RESUS_TRY(remove_maps());
    return done_;
  }
  /// Nothing of deleted evidence is offered to anybody, whatever became of its frames.
  void forget_all() {
    if (!collect()) return;
    forget();
  }

 private:
  std::vector<EvidenceInfo> living() const {
    const std::lock_guard lock(parts_.mutex);
    return parts_.evidence;
  }
  /// Frames of deleted maps. A map that cannot be read frees nothing; its evidence stays in the list.
  Result<void> collect() {
    std::vector<DeletedEvidence> deleted;
    {
      const std::lock_guard lock(parts_.mutex);
      deleted = parts_.deleted;
    }
    FrameKeys keys;
    for (const auto& one : deleted) {
      if (one.freed) continue;
      auto map = parts_.load_map({.id = one.id, .record = one.record});
      if (!map) {
        hw::log(hw::LogLevel::kWarning, "imaging", one.id + " was deleted, its space cannot be freed: " + map.error().to_string());
        continue;
      }
      add_frames(map.value(), keys);
      dead_.push_back(one.id);
    }
    for (const auto key : keys) {
      if (const auto frame = frame_of(key); !is_image(frame.pack)) waste_[frame.pack].insert(frame.frame);
    }
    return hw::success();
  }
  bool is_image(std::uint32_t pack) const {
    const std::lock_guard lock(parts_.mutex);
    return std::ranges::any_of(parts_.images, [&](const ImageInfo& image) { return image.pack == pack; });
  }
  Result<void> keep_what_is_needed() {
    for (const auto& info : living()) {
      if (!seen_.insert(info.id).second) continue;
      RESUS_TRY(const auto map, parts_.load_map(info));
      for (const auto& run : map.runs()) {
        if (run.kind != RunKind::kData) continue;
        if (const auto found = waste_.find(run.place.frame.pack); found != waste_.end()) found->second.erase(run.place.frame.frame);
      }
    }
    return hw::success();
  }
  void forget() {
    for (const auto& [pack, frames] : waste_) {
      for (const auto number : frames) {
        const FrameRef frame{.pack = pack, .frame = number};
        if (const auto ids = parts_.packs.ids_of(frame)) parts_.known.forget(*ids, frame);
        parts_.packs.withdraw(frame);  // the index on disk asks for the ids before it believes itself
      }
    }
  }
  /// First every head, durable, so that no frame is ever half there without saying so; then the bytes behind them.
  Result<void> free_frames(std::uint32_t number, const std::set<std::uint32_t>& frames) {
    if (frames.empty()) return hw::success();
    const auto found = parts_.packs.get(number);
    if (!found) return hw::success();  // a pack that is gone holds nothing to free
    const auto& pack = found.value();
    RESUS_TRY(const auto file, parts_.files.open_patch(parts_.paths.pack(number)));
    for (const auto frame : frames) {
      RESUS_TRY(const auto entry, pack->entry(frame));
      RESUS_TRY(file->overwrite(entry.offset_bytes, as_bytes(encode_freed_head(entry, frame))));
      ++done_.frames;
      done_.bytes += entry.pair_bytes();
    }
    RESUS_TRY(file->sync());
    for (const auto frame : frames) {
      RESUS_TRY(const auto entry, pack->entry(frame));
      RESUS_TRY(file->free_range(entry.offset_bytes + kFreedHeadBytes, entry.pair_bytes() - kFreedHeadBytes));
    }
    return file->sync();
  }
  Result<void> remove_maps() {
    for (const auto& id : dead_) {
      RESUS_TRY(parts_.files.remove(parts_.paths.map(id)));
      RESUS_TRY(parts_.files.sync_directory(parts_.paths.evidence() + "/" + id));
      const std::lock_guard lock(parts_.mutex);
      for (auto& one : parts_.deleted) one.freed = one.freed || one.id == id;
    }
    return hw::success();
  }

  StoreParts& parts_;
  std::vector<std::string> dead_;
  Waste waste_;
  std::set<std::string> seen_;
  Reclaimed done_;
};

}  // namespace

Result<Reclaimed> Store::reclaim() {
  RESUS_TRY(parts_->may_write());
  const std::lock_guard lock(parts_->beside_mutex);
  return Reclaim(*parts_).run();
}

void StoreParts::finish_deletions() {
  auto reclaimed = Reclaim(*this).run();
  if (reclaimed) return;
  hw::log(hw::LogLevel::kWarning, "imaging", "space of deleted evidence is not freed yet: " + reclaimed.error().to_string());
  Reclaim(*this).forget_all();
}

}  // namespace resus::imaging
