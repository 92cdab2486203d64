#include "imaging/block_hits.hpp"

#include <algorithm>

namespace resus::imaging {

void BlockHits::put(const FrameRef& frame, std::vector<BlockHit> hits) {
  size_ += hits.size();
  std::vector<bool> referred(hits.size());
  frames_[key_of(frame)] = {.hits = std::move(hits), .referred = std::move(referred)};
}

const std::vector<BlockHit>* BlockHits::of(const FrameRef& frame) const {
  const auto found = frames_.find(key_of(frame));
  return found == frames_.end() ? nullptr : &found->second.hits;
}

void BlockHits::refer(const FrameRef& frame, std::uint32_t index, std::uint64_t blocks) {
  const auto found = frames_.find(key_of(frame));
  if (found == frames_.end()) return;
  for (std::size_t i = 0; i < found->second.hits.size(); ++i) {
    const auto at = found->second.hits[i].index;
    if (at >= index && at - index < blocks) found->second.referred[i] = true;
  }
}

std::uint64_t BlockHits::unreferenced() const {
  std::uint64_t count = 0;
  for (const auto& [key, frame] : frames_) count += static_cast<std::uint64_t>(std::ranges::count(frame.referred, false));
  return count;
}

void add_place(FoundOnDisk& found, std::uint64_t offset_bytes, std::size_t most) {
  ++found.count;
  if (found.offsets_bytes.size() < most) found.offsets_bytes.push_back(offset_bytes);
}

}  // namespace resus::imaging
