#pragma once
// A disk read in order, segment after segment, with several reads in flight.
#include <deque>
#include <optional>
#include <vector>

#include "hw/block_device.hpp"
#include "hw/clock.hpp"
#include "imaging/buffer_pool.hpp"
#include "imaging/disk_map.hpp"
#include "imaging/rescue_budget.hpp"

namespace resus::imaging {

/// Up to 1 MiB as it was read; unreadable bytes are zeros and stand in `unreadable`.
struct DiskPiece {
  std::uint64_t offset_bytes = 0;
  std::size_t length_bytes = 0;
  PooledBuffer buffer;
  std::vector<UnreadableRange> unreadable;
  [[nodiscard]] std::span<const std::byte> bytes() const { return buffer.bytes().first(length_bytes); }
};

/// Part of the disk as a first reading found it.
struct SweptPiece {
  enum class State : std::uint8_t {
    kRead,
    kFailed,   ///< at most 1 MiB that cannot be read in one go; what is in the buffer means nothing
    kSkipped,  ///< any number of bytes that were left out; no buffer
  };
  State state = State::kRead;
  DiskPiece piece;
  std::uint64_t skipped_bytes = 0;  ///< kSkipped: from piece.offset_bytes on
};

/// Threads: one. The reader and the pool (buffers of a segment's size) must outlive it, and no other
/// reads may be outstanding at the reader.
class DiskStream {
 public:
  /// Decides what is left out after trouble. Both outlive the stream.
  struct Guided {
    SweepGuide& guide;
    const hw::Clock& clock;
  };
  /// From `begin` to `end`, cut at multiples of 1 MiB. Without a guide nothing is skipped.
  DiskStream(hw::DiskReader& disk, BufferPool& pool, std::uint64_t begin, std::uint64_t end,
             std::optional<Guided> guided = std::nullopt);
  /// Waits for what is in flight: buffers belong to the reader until then.
  ~DiskStream();
  DiskStream(const DiskStream&) = delete;
  DiskStream& operator=(const DiskStream&) = delete;

  /// The next piece in disk order; nothing at the end, or when the pool was cancelled.
  /// Errors: kDeviceGone, kRead. A bad place is none.
  [[nodiscard]] Result<std::optional<SweptPiece>> next();

 private:
  enum class State : std::uint8_t { kReading, kRead, kBad, kGone, kSkipped };
  struct Slot {
    DiskPiece piece;
    std::uint64_t tag = 0;
    State state = State::kReading;
    std::uint64_t skipped_bytes = 0;
  };
  Result<void> fill();
  Result<void> submit(PooledBuffer buffer);
  Result<void> wait_for(const State& state);
  void skip_behind(const Slot& slot, RescueBudget::Time took);

  hw::DiskReader& disk_;
  BufferPool& pool_;
  std::uint64_t next_offset_;
  std::uint64_t end_;
  std::optional<Guided> guided_;
  std::uint64_t next_tag_ = 0;
  std::size_t outstanding_ = 0;
  std::deque<Slot> slots_;  ///< in disk order; deque: references stay valid
};

}  // namespace resus::imaging
