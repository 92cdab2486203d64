#pragma once
// Unpacked frames in a bounded memory; no block leaves it that was not compared with its id.
#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "imaging/bounded_queue.hpp"
#include "imaging/evidence_frames.hpp"

namespace resus::imaging {

/// Threads: any. `frames` outlives the object.
class CheckedFrames {
 public:
  CheckedFrames(const EvidenceFrames& frames, std::uint64_t memory_bytes) : frames_(frames), most_bytes_(memory_bytes) {}
  ~CheckedFrames();
  CheckedFrames(const CheckedFrames&) = delete;
  CheckedFrames& operator=(const CheckedFrames&) = delete;

  /// Copies bytes of `blocks` blocks from `place` on, `skip` bytes into the first; each block is compared with its id once
  /// while its frame stays in memory. Errors: kEvidenceDamaged with the block's place, kRead.
  /// `alone`: nobody is expected to want the next blocks, so a frame is unpacked only as far as it is needed, the first time.
  [[nodiscard]] Result<void> read(const BlockPlace& place, std::uint64_t skip_bytes, std::span<std::byte> out, bool alone);
  /// Begins the threads that read ahead. Without it read_ahead() does nothing.
  void start(unsigned threads);
  /// Somebody will want this frame soon; forgotten where too many are asked for.
  void read_ahead(const FrameRef& frame);

 private:
  enum class State : std::uint8_t { kUnknown, kGood, kBad };
  /// A frame or its beginning, and which blocks of these bytes were compared with their ids.
  struct Unpacked {
    std::shared_ptr<const LoadedFrame> frame;
    std::array<std::atomic<State>, kBlocksPerSegment> states{};
  };
  struct Entry {
    std::mutex loading;
    std::shared_ptr<Unpacked> unpacked;             ///< guarded by `loading`; empty before, and when `error` says why
    std::optional<hw::Error> error;                 ///< as `unpacked`
    std::list<FrameRef>::iterator used;             ///< guarded by mutex_
    std::uint64_t bytes = 0;                        ///< as `used`; counted when loaded
  };
  [[nodiscard]] std::shared_ptr<Entry> entry_of(const FrameRef& frame);
  /// With at least `front_bytes` of the frame in memory. What was there once is not unpacked in part again. Errors: its own.
  [[nodiscard]] Result<std::shared_ptr<Unpacked>> load(Entry& entry, const FrameRef& frame, std::size_t front_bytes = kSegmentBytes);
  [[nodiscard]] static Result<void> check(Unpacked& unpacked, const FrameRef& frame, std::uint64_t first, std::uint64_t count);
  void count(Entry& entry, const FrameRef& frame, std::uint64_t bytes);
  void work_ahead();

  const EvidenceFrames& frames_;
  const std::uint64_t most_bytes_;
  std::mutex mutex_;
  std::map<FrameRef, std::shared_ptr<Entry>> entries_;
  std::list<FrameRef> recent_;  ///< newest first
  std::uint64_t bytes_ = 0;
  BoundedQueue<FrameRef> ahead_{64};
  std::atomic<int> waiting_ahead_{0};
  std::vector<std::jthread> threads_;
};

}  // namespace resus::imaging
