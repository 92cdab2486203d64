#include "imaging/packs.hpp"

#include <algorithm>

namespace resus::imaging {
namespace {

/// 8 KiB each: the frames of a gigabyte, which is far more than neighbouring disks are apart.
constexpr std::size_t kKeptIdTables = 1024;

/// As many as the threads of a large machine have in hand at once.
constexpr std::size_t kKeptFrames = 16;

class KeptMemory {
 public:
  std::byte* take() {
    const std::lock_guard lock(mutex_);
    if (kept_.empty()) return nullptr;
    auto* memory = kept_.back().release();
    kept_.pop_back();
    return memory;
  }
  void give(std::unique_ptr<std::byte[]> memory) {
    const std::lock_guard lock(mutex_);
    if (kept_.size() < kKeptFrames) kept_.push_back(std::move(memory));
  }

 private:
  std::mutex mutex_;
  std::vector<std::unique_ptr<std::byte[]>> kept_;
};

KeptMemory& kept_memory() {
  static auto* kept = new KeptMemory;  // outlives frames that static objects hold
  return *kept;
}

std::uint64_t key_of(const FrameRef& frame) { return std::uint64_t{frame.pack} << 32 | frame.frame; }

}  // namespace

void FrameMemoryReturn::operator()(std::byte* memory) const {
  std::unique_ptr<std::byte[]> owned(memory);
  if (kept) kept_memory().give(std::move(owned));
}

FrameMemory frame_memory(std::size_t bytes) {
  const bool large = bytes > kSegmentBytes / 2;  // nearly every frame is full
  auto* memory = large ? kept_memory().take() : nullptr;
  if (memory == nullptr) memory = std::make_unique_for_overwrite<std::byte[]>(large ? kSegmentBytes : bytes).release();
  return {memory, FrameMemoryReturn{.kept = large}};
}

void Packs::add(std::shared_ptr<Pack> pack) {
  const std::unique_lock lock(packs_mutex_);
  packs_[pack->number()] = std::move(pack);
}

Result<std::shared_ptr<Pack>> Packs::get(std::uint32_t number) const {
  const std::shared_lock lock(packs_mutex_);
  const auto found = packs_.find(number);
  if (found == packs_.end()) {
    return hw::fail(hw::Code::kEvidenceDamaged, "pack " + std::to_string(number) + " is missing");
  }
  return found->second;
}

std::vector<std::shared_ptr<Pack>> Packs::all() const {
  const std::shared_lock lock(packs_mutex_);
  std::vector<std::shared_ptr<Pack>> packs;
  for (const auto& [number, pack] : packs_) packs.push_back(pack);
  return packs;
}

void Packs::withdraw(const FrameRef& frame) {
  if (const auto pack = get(frame.pack)) pack.value()->withdraw(frame.frame);
  const std::lock_guard lock(ids_mutex_);
  const auto found = by_key_.find(key_of(frame));
  if (found == by_key_.end()) return;
  recent_.erase(found->second);
  by_key_.erase(found);
}

Result<std::shared_ptr<const std::vector<BlockId>>> Packs::ids(const FrameRef& frame) {
  const auto key = key_of(frame);
  {
    const std::lock_guard lock(ids_mutex_);
    if (const auto found = by_key_.find(key); found != by_key_.end()) {
      recent_.splice(recent_.begin(), recent_, found->second);
      return found->second->ids;
    }
  }
  RESUS_TRY(const auto pack, get(frame.pack));
  RESUS_TRY(auto read, pack->ids(frame.frame));
  auto ids = std::make_shared<const std::vector<BlockId>>(std::move(read));
  const std::lock_guard lock(ids_mutex_);
  if (by_key_.contains(key)) return ids;
  recent_.push_front({.key = key, .ids = ids});
  by_key_[key] = recent_.begin();
  if (recent_.size() > kKeptIdTables) {
    by_key_.erase(recent_.back().key);
    recent_.pop_back();
  }
  return ids;
}

std::shared_ptr<const std::vector<BlockId>> Packs::ids_of(const FrameRef& frame) {
  auto found = ids(frame);
  return found ? std::move(found.value()) : nullptr;
}

std::span<const std::byte> LoadedFrame::blocks(std::uint64_t first, std::uint64_t count) const {
  const auto begin = std::min<std::uint64_t>(first * kBlockBytes, raw_bytes);
  const auto end = std::min<std::uint64_t>((first + count) * kBlockBytes, raw_bytes);
  return {raw.get() + begin, end - begin};
}

Result<std::shared_ptr<const LoadedFrame>> load_frame(Packs& packs, const FrameRef& frame) {
  return load_front(packs, frame, kSegmentBytes);
}

Result<std::shared_ptr<const LoadedFrame>> load_front(Packs& packs, const FrameRef& frame, std::size_t front_bytes) {
  RESUS_TRY(const auto pack, packs.get(frame.pack));
  RESUS_TRY(const auto entry, pack->entry(frame.frame));
  auto loaded = std::make_shared<LoadedFrame>();
  loaded->frame = frame;
  loaded->raw_bytes = std::min<std::size_t>(block_count(front_bytes) * kBlockBytes, entry.raw_bytes);
  loaded->raw = frame_memory(loaded->raw_bytes);
  RESUS_TRY(loaded->ids, packs.ids(frame));
  const std::span raw(loaded->raw.get(), loaded->raw_bytes);
  RESUS_TRY(raw.size() < entry.raw_bytes ? pack->read_front(frame.frame, raw) : pack->read(frame.frame, raw));
  return loaded;
}

Result<std::shared_ptr<const LoadedFrame>> FrameCache::get(const FrameRef& frame) {
  for (auto& slot : slots_) {
    if (slot.loaded && slot.loaded->frame == frame) {
      slot.used_at = ++clock_;
      return slot.loaded;
    }
  }
  RESUS_TRY(auto loaded, load_frame(packs_, frame));
  auto& slot = *std::ranges::min_element(slots_, {}, &Slot::used_at);
  slot = {.loaded = loaded, .used_at = ++clock_};
  return loaded;
}

}  // namespace resus::imaging
