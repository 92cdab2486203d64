#pragma once
// Finds in stored frames, carried to the disks whose maps refer to them.
#include <unordered_map>
#include <vector>

#include "imaging/search.hpp"

namespace resus::imaging {

/// A find within one block of a frame.
struct BlockHit {
  std::uint8_t index = 0;           ///< of the block in its frame
  std::uint16_t offset_bytes = 0;   ///< in the block
};

/// By frame; hits of one frame ascend. Threads: one.
class BlockHits {
 public:
  void put(const FrameRef& frame, std::vector<BlockHit> hits);
  [[nodiscard]] const std::vector<BlockHit>* of(const FrameRef& frame) const;
  [[nodiscard]] std::uint64_t size() const { return size_; }
  /// Marks every hit of these blocks as lying on some disk.
  void refer(const FrameRef& frame, std::uint32_t index, std::uint64_t blocks);
  [[nodiscard]] std::uint64_t unreferenced() const;

 private:
  struct Frame {
    std::vector<BlockHit> hits;
    std::vector<bool> referred;
  };
  static std::uint64_t key_of(const FrameRef& frame) { return std::uint64_t{frame.pack} << 32 | frame.frame; }
  std::unordered_map<std::uint64_t, Frame> frames_;
  std::uint64_t size_ = 0;
};

/// Adds places to one disk's result up to the limit. @pre ascending.
void add_place(FoundOnDisk& found, std::uint64_t offset_bytes, std::size_t most);

}  // namespace resus::imaging
