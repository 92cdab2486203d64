#include "imaging/acquisition.hpp"

#include <algorithm>
#include <chrono>
#include <mutex>
#include <optional>
#include <random>
#include <thread>

#include "imaging/busy_time.hpp"
#include "imaging/frame_pipeline.hpp"
#include "imaging/rescue.hpp"
#include "imaging/second_reading.hpp"
#include "imaging/segment_hasher.hpp"

namespace resus::imaging {
namespace {

using hw::Code;

constexpr std::size_t kReadBuffers = 8;

/// A hashed segment on its way to the sink.
struct Hashed {
  SegmentOffer offer;
  DiskPiece piece;
};

class SteadyClock : public hw::Clock {
 public:
  [[nodiscard]] hw::UtcTime now() const override { return {}; }  // nobody here asks for the time of day
  [[nodiscard]] std::chrono::steady_clock::time_point steady() const override { return std::chrono::steady_clock::now(); }
};

const hw::Clock& clock_of(const AcquisitionOptions& options) {
  static const SteadyClock steady;
  return options.clock != nullptr ? *options.clock : steady;
}

unsigned worker_count(unsigned wanted) {
  return wanted > 0 ? wanted : std::max(1U, std::thread::hardware_concurrency());
}

/// One run. The strand (the caller's thread) reads and hashes, a second thread asks the sink, because an
/// answer may take a round trip, and the pipeline's threads compress and deliver.
class AcquisitionRun {
 public:
  AcquisitionRun(hw::DiskReader& disk, EvidenceSink& sink, const AcquisitionOptions& options, ProgressSink& progress,
      const std::stop_token& stop)
      : disk_(disk),
        sink_(sink),
        options_(options),
        progress_(progress),
        stop_(stop),
        disk_bytes_(disk.identity().size_bytes),
        budget_(options.rescue_time),
        // What waits to be asked, what is being read, one with the sink, one a worker.
        buffers_(options.segments_ahead + kReadBuffers + 1 + 2 * worker_count(options.workers), kSegmentBytes),
        hashed_(std::max(1U, options.segments_ahead)),
        hasher_(disk_bytes_, options.md5, options.sha1),
        second_(options.reread, disk_bytes_, std::random_device()()),
        frames_({.sink = sink,
                 .progress = progress,
                 .failure = failure_,
                 .pause = options.pause,
                 .stop = stop,
                 .workers = worker_count(options.workers),
                 .zstd_level = options.zstd_level}) {
    result_.zero_segments.resize(segment_count(disk_bytes_));
    failure_.on_failure([this] {
      buffers_.cancel();
      hashed_.cancel();
      const std::lock_guard lock(rescue_mutex_);
      if (rescue_) rescue_->cancel();
    });
  }

  Result<AcquisitionResult> go() {
    const auto begun = std::chrono::steady_clock::now();
    RESUS_TRY(copy());
    auto& summary = result_.summary;
    RESUS_TRY(hasher_.finish(summary));
    if (options_.reread != RereadPolicy::kNone && !summary.device_gone) {
      RESUS_TRY(summary.reread, timed(read_, [&] { return second_.compare(disk_, buffers_, stop_); }));
    }
    merge_unreadable(result_.unreadable);
    summary.device_json = options_.device_json;
    summary.times = {.read = read_.seconds(), .hash = hash_.seconds(), .ask = ask_.seconds(),
                     .compress = frames_.compress_seconds(), .send = frames_.send_seconds()};
    summary.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
    RESUS_TRY(result_.receipt,
              retried([&] { return sink_.finish(summary); }, options_.pause, progress_, stop_));
    // Without a linear hash of its own the run believes the sink's, which was computed under this root.
    if (summary.held_back) summary.sha256 = result_.receipt.sha256;
    if (result_.receipt.root != summary.root || result_.receipt.sha256 != summary.sha256) {
      return hw::fail(Code::kEvidenceDamaged, "the receipt names another content than was read from the disk");
    }
    return std::move(result_);
  }

 private:
  /// Everything up to the last frame delivered. What was read before an error of the disk is delivered too.
  Result<void> copy() {
    std::jthread asker([this] { ask(); });
    auto read = read_and_hash();
    hashed_.close();
    asker.join();
    frames_.finish();
    RESUS_TRY(failure_.result());
    return read;
  }

  Result<void> read_and_hash() {
    HeldBack held;
    RESUS_TRY(sweep(held));
    if (held.empty()) return hw::success();
    return rescue(std::move(held));
  }

  /// Everything that reads, in disk order.
  Result<void> sweep(HeldBack& held) {
    SweepGuide guide(budget_, disk_bytes_);
    DiskStream stream(disk_, buffers_, 0, disk_bytes_, DiskStream::Guided{.guide = guide, .clock = clock_of(options_)});
    while (true) {
      if (stop_.stop_requested()) return hw::fail(Code::kCancelled, "the copy was stopped");
      RESUS_TRY(auto swept, timed(read_, [&] { return stream.next(); }));
      if (!swept) return hw::success();
      const bool taken = swept->state == SweptPiece::State::kRead ? take(std::move(swept->piece)) : hold_back(*swept, held);
      if (!taken) return hw::success();  // failure_ says why
    }
  }

  /// @returns false when the run has failed.
  bool hold_back(const SweptPiece& swept, HeldBack& held) {
    const bool failed = swept.state == SweptPiece::State::kFailed;
    const auto first = swept.piece.offset_bytes / kSegmentBytes;
    const auto count = failed ? 1 : segment_count(swept.skipped_bytes);
    if (failed) held.failed.push_back(first);
    else held.skipped.push_back({.first = first, .count = count});
    hasher_.hold_back();
    for (auto segment = first; segment < first + count; ++segment) {
      if (!hashed_.push({{.segment = segment, .states = {}, .ids = {}, .unreadable = {}}, {}})) return false;
    }
    return true;
  }

  Result<void> rescue(HeldBack held) {
    {
      const std::lock_guard lock(rescue_mutex_);
      rescue_.emplace(Rescue::Parties{.disk = disk_, .budget = budget_, .clock = clock_of(options_),
                                      .sector_retries = options_.sector_retries, .stop = stop_},
                      std::move(held));
    }
    if (!failure_.result()) return hw::success();
    while (true) {
      RESUS_TRY(auto piece, timed(read_, [&] { return rescue_->next(); }));
      if (!piece || !take(std::move(*piece))) break;
    }
    result_.summary.device_gone = rescue_->device_gone();
    return hw::success();
  }

  /// @returns false when the run has failed.
  bool take(DiskPiece piece) {
    note(piece);
    auto offer = timed(hash_, [&] { return hasher_.add(piece); });
    second_.note(offer);
    result_.zero_segments[offer.segment] =
        std::ranges::all_of(offer.states, [](BlockState state) { return state == BlockState::kZero; });
    settled_bytes_ += piece.length_bytes;
    if (offer.ids.empty()) piece.buffer = {};  // nobody will ask for its bytes
    if (!hashed_.push({std::move(offer), std::move(piece)})) return false;
    progress_.progress({.done_bytes = settled_bytes_, .total_bytes = disk_bytes_});
    return true;
  }

  void note(const DiskPiece& piece) {
    result_.summary.bytes_read += piece.length_bytes;
    for (const auto& range : piece.unreadable) {
      result_.summary.unreadable_bytes += range.length_bytes;
      result_.summary.bytes_read -= range.length_bytes;
      result_.unreadable.push_back(range);
    }
  }

  /// The second thread: one question after the other, in disk order.
  void ask() {
    while (auto hashed = hashed_.pop()) {
      auto wanted = timed(ask_, [&] {
        return retried([&] { return sink_.offer(hashed->offer); }, options_.pause, progress_, stop_);
      });
      if (!wanted) return failure_.set(std::move(wanted).error().within("offer"));
      if (wanted.value().deliver.size() != hashed->offer.ids.size()) {
        return failure_.set(hw::make_error(Code::kProtocol, "the sink answered another offer"));
      }
      frames_.add(hashed->offer, wanted.value(), std::move(hashed->piece));
    }
  }

  hw::DiskReader& disk_;
  EvidenceSink& sink_;
  const AcquisitionOptions& options_;
  ProgressSink& progress_;
  std::stop_token stop_;
  std::uint64_t disk_bytes_;
  RescueBudget budget_;
  RunFailure failure_;
  BusyTime read_, hash_, ask_;
  BufferPool buffers_;  // before everything that borrows from it
  std::mutex rescue_mutex_;         ///< of its making; cancel() comes from other threads
  std::optional<Rescue> rescue_;    // owns buffers, too
  BoundedQueue<Hashed> hashed_;
  SegmentHasher hasher_;
  SecondReading second_;
  FramePipeline frames_;
  std::uint64_t settled_bytes_ = 0;
  AcquisitionResult result_;
};

}  // namespace

Result<AcquisitionResult> Acquisition::run(hw::DiskReader& disk, EvidenceSink& sink,
                                           const AcquisitionOptions& options, ProgressSink& progress,
                                           const std::stop_token& stop) {
  AcquisitionRun run(disk, sink, options, progress, stop);
  auto result = run.go();
  if (!result) return hw::failure(std::move(result).error().within("copy " + disk.identity().path));
  return result;
}

}  // namespace resus::imaging
