#include "web/depot/evidence_exports.hpp"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <optional>

namespace resus::depot {
namespace {

constexpr std::size_t kPiecesAhead = 3;
constexpr std::uint64_t kZerosBytes = 1 << 20;  ///< as long as the longest piece of data

/// From the thread that reads to the connection that sends. Threads: one on each side.
class Pipe final : public imaging::RawSink {
 public:
  using Ready = std::function<void(std::optional<std::string>)>;
  using Tell = std::function<void(std::uint64_t bytes)>;
  explicit Pipe(Tell tell) : tell_(std::move(tell)) {}

  Result<void> write(std::span<const std::byte> bytes) override {
    return push(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
  }
  Result<void> zeros(std::uint64_t length_bytes) override {
    while (length_bytes > 0) {
      const auto piece = std::min(length_bytes, kZerosBytes);
      RESUS_TRY(push(std::string(piece, '\0')));
      length_bytes -= piece;
    }
    return hw::success();
  }
  /// Nothing more comes.
  void finish() {
    Ready ready;
    {
      const std::lock_guard lock(mutex_);
      finished_ = true;
      ready.swap(ready_);
    }
    if (ready) ready(std::nullopt);
  }
  /// Nobody wants more: the client has gone, or somebody cancelled.
  void leave() {
    const std::lock_guard lock(mutex_);
    left_ = true;
    room_.notify_all();
  }
  void next(Ready ready) {
    std::optional<std::string> piece;
    {
      const std::lock_guard lock(mutex_);
      if (pieces_.empty() && !finished_) {
        ready_ = std::move(ready);
        return;
      }
      if (!pieces_.empty()) {
        piece = std::move(pieces_.front());
        pieces_.pop_front();
        room_.notify_all();
      }
    }
    ready(std::move(piece));
  }

 private:
  Result<void> push(std::string piece) {
    sent_bytes_ += piece.size();
    Ready ready;
    {
      std::unique_lock lock(mutex_);
      room_.wait(lock, [&] { return left_ || pieces_.size() < kPiecesAhead; });
      if (left_) return hw::fail(hw::Code::kCancelled, "the export was cancelled, or its client went away");
      ready.swap(ready_);
      if (!ready) pieces_.push_back(std::move(piece));
    }
    if (ready) ready(std::move(piece));
    tell_(sent_bytes_);
    return hw::success();
  }

  const Tell tell_;
  std::uint64_t sent_bytes_ = 0;  ///< of the reading thread
  std::mutex mutex_;
  std::condition_variable room_;
  std::deque<std::string> pieces_;
  Ready ready_;
  bool finished_ = false;
  bool left_ = false;
};

class ExportStream final : public transport::BodyStream {
 public:
  ExportStream(std::shared_ptr<Pipe> pipe, std::uint64_t length_bytes) : pipe_(std::move(pipe)), length_bytes_(length_bytes) {}
  ~ExportStream() override { pipe_->leave(); }
  ExportStream(const ExportStream&) = delete;
  ExportStream& operator=(const ExportStream&) = delete;
  void next(Pipe::Ready ready) override { pipe_->next(std::move(ready)); }
  [[nodiscard]] std::optional<std::uint64_t> length_bytes() const override { return length_bytes_; }

 private:
  std::shared_ptr<Pipe> pipe_;
  std::uint64_t length_bytes_;
};

/// The reading thread's work, from the first block to the end of the job.
void read_out(imaging::EvidenceReader& reader, imaging::ByteRange range, Pipe& pipe, const JobControl& job) {
  const std::stop_callback cancelled(job.stop(), [&pipe] { pipe.leave(); });
  const auto done = reader.export_range(range, pipe);
  if (done) {
    job.end(boost::json::object{{"offset", range.offset_bytes}, {"length", range.length_bytes}});
  } else {
    job.end(hw::failure(done.error()));
  }
  pipe.finish();  // after the job's end: who sees the connection break finds the reason there
}

}  // namespace

Result<EvidenceExports::Started> EvidenceExports::start(const std::string& evidence_id, imaging::ByteRange range,
                                                        const std::string& actor, const Note& note) {
  const std::lock_guard lock(mutex_);
  join_ended();
  RESUS_TRY(auto reader, store_.open_evidence(evidence_id));
  RESUS_TRY(auto begun, jobs_.begin_beside({.kind = "evidence.export", .subject = evidence_id, .actor = actor}, kMostAtOnce));
  const std::shared_ptr<JobControl> job = std::move(begun);
  if (auto noted = note(job->id()); !noted) {
    job->end(hw::failure(noted.error()));
    return hw::failure(noted.error());
  }
  const auto total = range.length_bytes;
  auto pipe = std::make_shared<Pipe>([job, total](std::uint64_t bytes) { job->progress(bytes, total); });
  auto ended = std::make_shared<std::atomic<bool>>(false);
  std::jthread thread([pipe, job, range, ended, reader = std::shared_ptr(std::move(reader))]() mutable {
    read_out(*reader, range, *pipe, *job);
    reader.reset();  // before the store goes; the pipe may live on with a slow connection
    *ended = true;
  });
  running_.push_back({std::move(ended), std::move(thread)});
  return Started{.body = std::make_shared<ExportStream>(std::move(pipe), total), .job = job->id()};
}

void EvidenceExports::join_ended() {
  running_.remove_if([](const Running& running) { return running.ended->load(); });
}

void EvidenceExports::stop() {
  const std::lock_guard lock(mutex_);
  running_.clear();  // joins: cancelled jobs end within a piece
}

}  // namespace resus::depot
