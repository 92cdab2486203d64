#pragma once
// Evidence by the frame, for readers with many threads and a memory of their own.
#include <memory>

#include "imaging/packs.hpp"

namespace resus::imaging {

/// Threads: any. Must not outlive the store.
class EvidenceFrames {
 public:
  virtual ~EvidenceFrames() = default;
  [[nodiscard]] virtual const DiskMap& map() const = 0;
  /// Read and unpacked, with its ids; blocks are NOT yet compared with them. Errors: kEvidenceDamaged, kRead.
  [[nodiscard]] virtual Result<std::shared_ptr<const LoadedFrame>> load(const FrameRef& frame) const = 0;
  /// The same of its beginning: at least `front_bytes`, in whole blocks.
  [[nodiscard]] virtual Result<std::shared_ptr<const LoadedFrame>> load_front(const FrameRef& frame, std::size_t front_bytes) const = 0;
};

}  // namespace resus::imaging
