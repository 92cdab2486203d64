#include "imaging/acquisition.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

#include "imaging/busy_time.hpp"
#include "imaging/frame_pipeline.hpp"
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
        // What waits to be asked, what is being read, one with the sink, one a worker.
        buffers_(options.segments_ahead + kReadBuffers + 1 + 2 * worker_count(options.workers), kSegmentBytes),
        hashed_(std::max(1U, options.segments_ahead)),
        hasher_(disk_bytes_, options.md5, options.sha1),
        frames_({.sink = sink,
                 .progress = progress,
                 .failure = failure_,
                 .pause = options.pause,
                 .stop = stop,
                 .workers = worker_count(options.workers),
                 .zstd_level = options.zstd_level}) {
    failure_.on_failure([this] {
      buffers_.cancel();
      hashed_.cancel();
    });
  }

  Result<AcquisitionResult> go() {
    const auto begun = std::chrono::steady_clock::now();
    RESUS_TRY(copy());
    auto& summary = result_.summary;
    RESUS_TRY(hasher_.finish(summary));
    summary.device_json = options_.device_json;
    summary.times = {.read = read_.seconds(), .hash = hash_.seconds(), .ask = ask_.seconds(),
                     .compress = frames_.compress_seconds(), .send = frames_.send_seconds()};
    summary.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
    RESUS_TRY(result_.receipt,
              retried([&] { return sink_.finish(summary); }, options_.pause, progress_, stop_));
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
    DiskStream stream(disk_, buffers_, 0, disk_bytes_, options_.sector_retries);
    while (true) {
      if (stop_.stop_requested()) return hw::fail(Code::kCancelled, "the copy was stopped");
      RESUS_TRY(auto piece, timed(read_, [&] { return stream.next(); }));
      if (!piece) return hw::success();
      note(*piece);
      auto offer = timed(hash_, [&] { return hasher_.add(*piece); });
      result_.zero_segments.push_back(
          std::ranges::all_of(offer.states, [](BlockState state) { return state == BlockState::kZero; }));
      const auto done = piece->offset_bytes + piece->length_bytes;
      if (!hashed_.push({std::move(offer), std::move(*piece)})) return hw::success();  // failure_ says why
      progress_.progress({.done_bytes = done, .total_bytes = disk_bytes_});
    }
  }

  void note(const DiskPiece& piece) {
    result_.summary.bytes_read += piece.length_bytes;
    for (const auto& range : piece.unreadable) {
      result_.summary.unreadable_bytes += range.length_bytes;
      result_.summary.bytes_read -= range.length_bytes;
      auto& all = result_.unreadable;
      const bool goes_on = !all.empty() && all.back().cause == range.cause &&
                           all.back().offset_bytes + all.back().length_bytes == range.offset_bytes;
      if (goes_on) {
        all.back().length_bytes += range.length_bytes;
      } else {
        all.push_back(range);
      }
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
  RunFailure failure_;
  BusyTime read_, hash_, ask_;
  BufferPool buffers_;  // before everything that borrows from it
  BoundedQueue<Hashed> hashed_;
  SegmentHasher hasher_;
  FramePipeline frames_;
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
