#pragma once
// A disk read in order, segment after segment, with several reads in flight and bad sectors rescued.
#include <deque>
#include <optional>
#include <vector>

#include "hw/block_device.hpp"
#include "imaging/buffer_pool.hpp"
#include "imaging/disk_map.hpp"

namespace resus::imaging {

/// Up to 1 MiB as it was read; unreadable bytes are zeros and stand in `unreadable`.
struct DiskPiece {
  std::uint64_t offset_bytes = 0;
  std::size_t length_bytes = 0;
  PooledBuffer buffer;
  std::vector<UnreadableRange> unreadable;
  [[nodiscard]] std::span<const std::byte> bytes() const { return buffer.bytes().first(length_bytes); }
};

/// Threads: one. The reader and the pool (buffers of a segment's size) must outlive it, and no other
/// reads may be outstanding at the reader.
class DiskStream {
 public:
  /// From `begin` to `end`, cut at multiples of 1 MiB.
  DiskStream(hw::DiskReader& disk, BufferPool& pool, std::uint64_t begin, std::uint64_t end,
             unsigned sector_retries);
  /// Waits for what is in flight: buffers belong to the reader until then.
  ~DiskStream();
  DiskStream(const DiskStream&) = delete;
  DiskStream& operator=(const DiskStream&) = delete;

  /// The next piece; nothing at the end, or when the pool was cancelled.
  /// Errors: kDeviceGone, kRead. A bad sector is none.
  [[nodiscard]] Result<std::optional<DiskPiece>> next();

 private:
  enum class State : std::uint8_t { kReading, kRead, kBad, kGone };
  struct Slot {
    DiskPiece piece;
    std::uint64_t tag = 0;
    State state = State::kReading;
  };
  Result<void> fill();
  Result<void> submit(PooledBuffer buffer);
  Result<void> wait_for(const State& state);
  Result<void> rescue(DiskPiece& piece);
  Result<bool> read_again(std::uint64_t offset_bytes, std::span<std::byte> target);

  hw::DiskReader& disk_;
  BufferPool& pool_;
  std::uint64_t next_offset_;
  std::uint64_t end_;
  unsigned sector_retries_;
  std::uint64_t next_tag_ = 0;
  std::size_t outstanding_ = 0;
  std::deque<Slot> slots_;  ///< in disk order; deque: references stay valid
  hw::IoBuffer scratch_;    ///< for rescue reads, which need an aligned buffer at any sector
  State rescue_state_ = State::kRead;
};

}  // namespace resus::imaging
