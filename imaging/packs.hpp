#pragma once
// All packs of a store, by number, with their id tables at hand.
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>
#include <vector>

#include "imaging/known_blocks.hpp"
#include "imaging/pack.hpp"

namespace resus::imaging {

/// Threads: any.
class Packs final : public IdSource {
 public:
  void add(std::shared_ptr<Pack> pack);
  /// Errors: kEvidenceDamaged when there is no such pack.
  [[nodiscard]] Result<std::shared_ptr<Pack>> get(std::uint32_t number) const;
  [[nodiscard]] std::vector<std::shared_ptr<Pack>> all() const;
  /// The id table of one frame, from memory when it was read a short while ago.
  /// Errors: kEvidenceDamaged, kRead.
  [[nodiscard]] Result<std::shared_ptr<const std::vector<BlockId>>> ids(const FrameRef& frame);
  /// From now on nobody gets the ids of this frame, so that nothing new rests on it: it is about to be freed.
  void withdraw(const FrameRef& frame);
  [[nodiscard]] std::shared_ptr<const std::vector<BlockId>> ids_of(const FrameRef& frame) override;

 private:
  struct Kept {
    std::uint64_t key = 0;
    std::shared_ptr<const std::vector<BlockId>> ids;
  };
  mutable std::shared_mutex packs_mutex_;
  std::map<std::uint32_t, std::shared_ptr<Pack>> packs_;
  std::mutex ids_mutex_;
  std::list<Kept> recent_;  ///< newest first
  std::unordered_map<std::uint64_t, std::list<Kept>::iterator> by_key_;
};

/// Room for a frame. What is given back is kept for the next one, a few of them: fresh memory costs a page fault every 4 KiB.
struct FrameMemoryReturn {
  bool kept = false;
  void operator()(std::byte* memory) const;
};
using FrameMemory = std::unique_ptr<std::byte[], FrameMemoryReturn>;
/// Not set to anything. @pre bytes <= kSegmentBytes. Threads: any.
[[nodiscard]] FrameMemory frame_memory(std::size_t bytes);

/// A frame as it lies in memory.
struct LoadedFrame {
  FrameRef frame;
  FrameMemory raw;
  std::size_t raw_bytes = 0;
  std::shared_ptr<const std::vector<BlockId>> ids;
  /// Unless only its beginning was unpacked.
  [[nodiscard]] bool is_whole() const { return raw_bytes > (ids->size() - 1) * kBlockBytes; }
  [[nodiscard]] std::span<const std::byte> blocks(std::uint64_t first, std::uint64_t count) const;
};

/// Blocks are not yet compared with the ids. Errors: kEvidenceDamaged, kRead. Threads: any.
[[nodiscard]] Result<std::shared_ptr<const LoadedFrame>> load_frame(Packs& packs, const FrameRef& frame);

/// The beginning, at least `front_bytes` in whole blocks, or all of a frame that is not that long.
[[nodiscard]] Result<std::shared_ptr<const LoadedFrame>> load_front(Packs& packs, const FrameRef& frame, std::size_t front_bytes);

/// The last few frames of one reader, unpacked. Threads: one; what it hands out may be read by others.
class FrameCache {
 public:
  explicit FrameCache(Packs& packs, std::size_t frames = 24) : packs_(packs), slots_(frames) {}
  /// Blocks are not yet compared with the ids. Errors: kEvidenceDamaged, kRead.
  [[nodiscard]] Result<std::shared_ptr<const LoadedFrame>> get(const FrameRef& frame);

 private:
  struct Slot {
    std::shared_ptr<const LoadedFrame> loaded;
    std::uint64_t used_at = 0;
  };
  Packs& packs_;
  std::vector<Slot> slots_;
  std::uint64_t clock_ = 0;
};

}  // namespace resus::imaging
