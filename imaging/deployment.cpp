#include "imaging/deployment.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>

#include "hw/log.hpp"
#include "imaging/bounded_queue.hpp"
#include "imaging/deploy_work.hpp"
#include "imaging/proven_writer.hpp"
#include "imaging/run_failure.hpp"

namespace resus::imaging {
namespace {

using hw::Code;

constexpr std::size_t kQueued = 4;       ///< pieces between two stages
constexpr std::size_t kReadBuffers = 8;  ///< reads in flight
/// A fetch over the network is mostly waiting: several at once even on a small machine.
constexpr unsigned kMinWorkers = 4;

unsigned worker_count(unsigned wanted) {
  return wanted > 0 ? wanted : std::max(kMinWorkers, std::thread::hardware_concurrency());
}

/// Sorted, neighbours merged.
std::vector<DiskRange> merged(std::vector<DiskRange> ranges) {
  std::ranges::sort(ranges);
  std::vector<DiskRange> out;
  for (const auto& range : ranges) {
    if (!out.empty() && out.back().end == range.begin) {
      out.back().end = range.end;
    } else {
      out.push_back(range);
    }
  }
  return out;
}

struct Parties {
  WritableDisk& disk;
  hw::DiskReader& reader;
  ImageSource& source;
  const DeploymentOptions& options;
  ProgressSink& progress;
  std::stop_token stop;
};

/// The stages before the writer, for some ranges of the disk: feed, decide, hand over.
class DecidedPieces {
 public:
  DecidedPieces(const Parties& parties, const CheckedImage& image, std::vector<DiskRange> ranges,
                const KnownContent* known, DeployBusy& busy)
      : parties_(parties),
        busy_(busy),
        ranges_(std::move(ranges)),
        known_(known),
        image_bytes_(image.manifest.disk_bytes),
        workers_left_(worker_count(parties.options.workers)),
        reading_(kReadBuffers + kQueued + workers_left_ + 1, kSegmentBytes),
        raw_(workers_left_ + kQueued + kWritesInFlight + 2, kSegmentBytes),
        decider_(image, parties.source, raw_, busy) {
    failure_.on_failure([this] { cancel(); });
    threads_.emplace_back([this] { feed(); });
    for (unsigned i = workers_left_; i > 0; --i) threads_.emplace_back([this] { work(); });
  }
  ~DecidedPieces() { cancel(); }
  DecidedPieces(const DecidedPieces&) = delete;
  DecidedPieces& operator=(const DecidedPieces&) = delete;

  /// In any order. Empty at the end or after a failure.
  std::optional<DecidedPiece> next() { return decided_.pop(); }
  /// @pre next() gave nothing.
  Result<void> result() const { return failure_.result(); }

 private:
  void cancel() {
    reading_.cancel();
    raw_.cancel();
    undecided_.cancel();
    decided_.cancel();
  }
  void feed() {
    auto fed = known_ != nullptr ? feed_known() : feed_read();
    if (!fed) failure_.set(std::move(fed).error());
    undecided_.close();
  }
  Result<void> feed_known() {
    KnownPieces known(*known_, image_bytes_);
    for (const auto& range : ranges_) {
      for (auto begin = range.begin; begin < range.end;) {
        const auto end = std::min(range.end, (begin / kSegmentBytes + 1) * kSegmentBytes);
        RESUS_TRY(hand_over({.range = {begin, end}, .content = {}, .known_to_write = known.to_write({begin, end})}));
        begin = end;
      }
    }
    return hw::success();
  }
  Result<void> feed_read() {
    for (const auto& range : ranges_) {
      DiskStream stream(parties_.reader, reading_, range.begin, range.end);
      while (true) {
        RESUS_TRY(auto swept, timed(busy_.compare, [&] { return stream.next(); }));
        if (!swept) break;
        auto& piece = swept->piece;
        const DiskRange read{piece.offset_bytes, piece.offset_bytes + piece.length_bytes};
        // What cannot be read is written anew as a whole: nobody needs its content any more.
        if (swept->state == SweptPiece::State::kFailed) piece.unreadable = {{piece.offset_bytes, piece.length_bytes, ReadCause::kMedium}};
        RESUS_TRY(hand_over({.range = read, .content = std::move(piece), .known_to_write = {}}));
      }
    }
    return hw::success();
  }
  Result<void> hand_over(UndecidedPiece piece) {
    if (parties_.stop.stop_requested()) return hw::fail(Code::kCancelled, "laying down the image was stopped");
    undecided_.push(std::move(piece));
    return hw::success();
  }
  void work() {
    while (auto piece = undecided_.pop()) {
      auto decided = decider_.decide(std::move(*piece), parties_.options, parties_.progress, parties_.stop);
      if (!decided) failure_.set(std::move(decided).error());
      else if (decided.value()) decided_.push(std::move(*decided.value()));
    }
    if (--workers_left_ == 0) decided_.close();
  }

  const Parties& parties_;
  DeployBusy& busy_;
  std::vector<DiskRange> ranges_;
  const KnownContent* known_;
  std::uint64_t image_bytes_;
  std::atomic<unsigned> workers_left_;
  RunFailure failure_;
  BufferPool reading_, raw_;  // before everything that borrows from them
  BoundedQueue<UndecidedPiece> undecided_{kQueued};
  BoundedQueue<DecidedPiece> decided_{kQueued};
  DeployDecider decider_;
  std::vector<std::jthread> threads_;
};

class DeploymentRun {
 public:
  DeploymentRun(Parties parties, CheckedImage image, const KnownContent* known)
      : parties_(std::move(parties)),
        image_(std::move(image)),
        disk_bytes_(parties_.disk.identity().size_bytes),
        order_(image_.manifest.disk_bytes, disk_bytes_),
        known_(known) {}

  Result<DeploymentReport> go() {
    const auto begun = std::chrono::steady_clock::now();
    bootable_ = true;
    RESUS_TRY(lay_down(order_.body, known_));
    bootable_ = false;  // from here on the boot segments are what is written
    for (const auto& range : order_.boot) {
      RESUS_TRY(lay_down({range}, nullptr));
    }
    if (report_.written + report_.zeroed + report_.skipped != disk_bytes_) {
      return hw::fail(Code::kInternal, "some bytes of the disk were left out");
    }
    report_.root = image_.manifest.root;
    report_.image_bytes = image_.manifest.disk_bytes;
    report_.times = busy_.seconds();
    report_.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
    return report_;
  }

 private:
  /// Durable and read back when it returns.
  Result<void> lay_down(const std::vector<DiskRange>& ranges, const KnownContent* known) {
    DecidedPieces pieces(parties_, image_, ranges, known, busy_);
    ProvenWriter writer(parties_.disk.writer(), busy_);  // gone before the buffers that it writes from
    std::vector<DiskRange> zeros;
    while (auto piece = pieces.next()) {
      RESUS_TRY(take(std::move(*piece), writer, zeros));
    }
    RESUS_TRY(pieces.result());
    RESUS_TRY(zero_all(merged(std::move(zeros)), writer));
    RESUS_TRY(writer.sync());
    report_.read_back += writer.read_back_bytes();
    return hw::success();
  }

  Result<void> take(DecidedPiece piece, ProvenWriter& writer, std::vector<DiskRange>& zeros) {
    const auto length = piece.range.end - piece.range.begin;
    report_.fetched += piece.fetched_bytes;
    if (piece.action == PieceAction::kZero) {
      zeros.push_back(piece.range);
      return hw::success();
    }
    std::uint64_t to_write = 0;
    for (const auto& range : piece.writes) to_write += range.end - range.begin;
    report_.written += to_write;
    report_.skipped += length - to_write;
    if (to_write > 0) {
      RESUS_TRY(make_unbootable(writer));
      RESUS_TRY(writer.write(std::move(piece)));
    }
    advance(length);
    return hw::success();
  }

  Result<void> zero_all(const std::vector<DiskRange>& zeros, ProvenWriter& writer) {
    for (const auto& range : zeros) {
      if (parties_.stop.stop_requested()) return hw::fail(Code::kCancelled, "laying down the image was stopped");
      RESUS_TRY(make_unbootable(writer));
      RESUS_TRY(writer.zero(range));
      report_.zeroed += range.end - range.begin;
      advance(range.end - range.begin);
    }
    return hw::success();
  }

  /// Once, before the first write: neither the old system nor half of the new one may start.
  Result<void> make_unbootable(ProvenWriter& writer) {
    if (!bootable_) return hw::success();
    bootable_ = false;
    for (const auto& range : order_.unboot) {
      RESUS_TRY(writer.zero(range));
    }
    return writer.sync();
  }

  void advance(std::uint64_t bytes) {
    done_ += bytes;
    parties_.progress.progress({.done_bytes = done_, .total_bytes = disk_bytes_});
  }

  Parties parties_;
  CheckedImage image_;
  std::uint64_t disk_bytes_;
  DeployOrder order_;
  const KnownContent* known_;
  DeployBusy busy_;
  bool bootable_ = true;
  std::uint64_t done_ = 0;
  DeploymentReport report_;
};

/// The permit names this image, and the disk has room for it.
Result<void> check_fit(const CheckedImage& image, const WritableDisk& disk) {
  const auto& manifest = image.manifest;
  const auto& permit = disk.permit();
  if (manifest.id != permit.image_id || manifest.root != permit.image_root) {
    return hw::fail(Code::kPermitMismatch, "permit names another golden image");
  }
  const auto& identity = disk.identity();
  if (manifest.disk_bytes > identity.size_bytes) {
    return hw::fail(Code::kImageTooLarge, manifest.name + " needs " + std::to_string(manifest.disk_bytes) +
                                              " bytes, the disk has " + std::to_string(identity.size_bytes));
  }
  if (manifest.disk_bytes == 0) return hw::fail(Code::kBadInput, "the golden image is empty");
  if (manifest.disk_bytes < identity.size_bytes && manifest.disk_bytes % identity.logical_sector_bytes != 0) {
    return hw::fail(Code::kBadInput, "the golden image ends inside a sector of the disk");
  }
  return hw::success();
}

/// Knowledge of another disk or for another image is worth nothing.
const KnownContent* usable(const KnownContent* known, const CheckedImage& image, const Permit& permit) {
  if (known == nullptr) return nullptr;
  const auto& plan = known->plan;
  if (plan.image_root() == image.manifest.root && plan.image_bytes() == image.manifest.disk_bytes &&
      plan.evidence_root() == permit.evidence_root &&
      plan.planned_blocks() == block_count(image.manifest.disk_bytes)) {
    return known;
  }
  hw::log(hw::LogLevel::kWarning, "imaging", "the deploy plan is for other content: reading the disk instead");
  return nullptr;
}

}  // namespace

Result<DeploymentReport> Deployment::run(WritableDisk& disk, hw::DiskReader& reader, ImageSource& source,
                                         std::span<const PublicKey> trusted, const KnownContent* known,
                                         const DeploymentOptions& options, ProgressSink& progress,
                                         const std::stop_token& stop) {
  RESUS_TRY(auto image, retried([&] { return load_checked_image(source, trusted); }, options.pause, progress, stop));
  RESUS_TRY(check_fit(image, disk));
  const auto* used = usable(known, image, disk.permit());
  const Parties parties{disk, reader, source, options, progress, stop};
  DeploymentRun run(parties, std::move(image), used);
  auto report = run.go();
  if (!report) return hw::failure(std::move(report).error().within("lay down onto " + disk.identity().path));
  return report;
}

}  // namespace resus::imaging
