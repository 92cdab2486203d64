#pragma once
// From wanted blocks to delivered frames: gather, compress on several threads, deliver in order.
#include <map>
#include <stop_token>
#include <thread>
#include <vector>

#include "imaging/bounded_queue.hpp"
#include "imaging/busy_time.hpp"
#include "imaging/disk_stream.hpp"
#include "imaging/evidence_sink.hpp"
#include "imaging/retry.hpp"
#include "imaging/run_failure.hpp"

namespace resus::imaging {

/// Frames hold as many blocks as they can, gathered across segments.
/// Threads: add() and finish() from one thread; the sink's deliver() is called from one thread of its own.
class FramePipeline {
 public:
  struct Setup {
    EvidenceSink& sink;
    ProgressSink& progress;
    RunFailure& failure;
    const Pause& pause;
    std::stop_token stop;
    unsigned workers = 1;
    int zstd_level = 1;
  };
  explicit FramePipeline(Setup setup);
  ~FramePipeline();
  FramePipeline(const FramePipeline&) = delete;
  FramePipeline& operator=(const FramePipeline&) = delete;

  /// Takes the wanted blocks of one segment; of one without data no buffer is needed. Waits while the workers are behind.
  void add(const SegmentOffer& offer, const Wanted& wanted, DiskPiece piece);
  /// Sends what was gathered and waits until everything is delivered or the run has failed.
  void finish();
  /// Busy time so far of all workers, and of the one thread that delivers. Threads: any.
  [[nodiscard]] double compress_seconds() const { return compressing_.seconds(); }
  [[nodiscard]] double send_seconds() const { return sending_.seconds(); }

 private:
  struct RawFrame {
    std::uint64_t sequence = 0;
    std::vector<BlockId> ids;
    std::size_t raw_bytes = 0;
    PooledBuffer buffer;
    [[nodiscard]] std::span<const std::byte> raw() const { return buffer.bytes().first(raw_bytes); }
  };
  struct Compressed {
    std::uint64_t sequence = 0;
    Frame frame;
  };
  void send_gathered();
  void compress_loop();
  void deliver_loop();
  bool deliver(const Frame& frame);

  Setup setup_;
  BusyTime compressing_, sending_;  // before the threads that use them
  BufferPool buffers_;  ///< bounds what waits for compression
  BoundedQueue<RawFrame> raw_;
  BoundedQueue<Compressed> compressed_;
  RawFrame gathering_;
  std::uint64_t sent_ = 0;
  std::vector<std::jthread> workers_;
  std::jthread deliverer_;
};

}  // namespace resus::imaging
