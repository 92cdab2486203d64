#pragma once
// Reads what the first sweep over a failing disk held back, as far as the time goes.
#include <atomic>
#include <deque>
#include <optional>
#include <stop_token>
#include <vector>

#include "hw/block_device.hpp"
#include "hw/clock.hpp"
#include "imaging/buffer_pool.hpp"
#include "imaging/disk_stream.hpp"
#include "imaging/gap_passes.hpp"
#include "imaging/rescue_plan.hpp"

namespace resus::imaging {

/// What the sweep held back.
struct HeldBack {
  std::vector<std::uint64_t> failed;   ///< segments that could not be read in one go, ascending
  std::vector<SegmentRange> skipped;   ///< ascending
  [[nodiscard]] bool empty() const { return failed.empty() && skipped.empty(); }
};

/// First the gaps, a segment at a time (GapPasses); then the segments that failed, in rounds of 64 whose content is in
/// memory until the round has ended (RescuePlan over all of them: every edge before any inside); then what is left of
/// the gaps in such rounds. Each round has a share of the time that is left, so that a dead region cannot eat up the time
/// of the places behind it; what a round does not read in its share stands as not tried.
/// A device that vanishes ends the reading, not the copy: everything else has been read by then.
/// Memory: 64 buffers of 1 MiB. Threads: one.
class Rescue {
 public:
  struct Parties {
    hw::DiskReader& disk;
    RescueBudget& budget;
    const hw::Clock& clock;
    unsigned sector_retries = 1;
    std::stop_token stop;
  };
  Rescue(Parties parties, HeldBack held);
  /// Ends the reading soon: nobody wants it any more. Threads: any.
  void cancel() {
    cancelled_ = true;
    pool_.cancel();
  }
  /// The next segment that is settled, read or not, in any order; nothing when all are, or after cancel().
  /// Errors: kCancelled, kRead (a read that could not be queued).
  [[nodiscard]] Result<std::optional<DiskPiece>> next();
  /// The disk vanished on the way.
  [[nodiscard]] bool device_gone() const { return gone_; }

 private:
  using Time = RescueBudget::Time;
  Result<std::optional<DiskPiece>> read_gaps();
  [[nodiscard]] bool begin_round();
  [[nodiscard]] std::vector<std::uint64_t> take_segments();
  [[nodiscard]] Time share() const;
  Result<void> work_at(RescuePlan& plan);
  void settle(const RescuePlan& plan);
  Result<hw::ReadStatus> read(std::uint64_t offset_bytes, std::span<std::byte> target);
  [[nodiscard]] Extent sectors_of(std::uint64_t segment) const;
  [[nodiscard]] std::span<std::byte> place(const Extent& extent);

  Parties parties_;
  std::uint64_t sector_;
  std::uint64_t disk_bytes_;
  BufferPool pool_;
  GapPasses gaps_;
  bool gaps_done_ = false;
  std::deque<std::uint64_t> failed_;
  std::deque<SegmentRange> untried_;
  bool round_of_failed_ = true;
  std::vector<DiskPiece> round_;       ///< ascending
  std::deque<DiskPiece> settled_;
  hw::IoBuffer scratch_{64 * 1024};    ///< aligned, for reads at any sector
  bool gone_ = false;
  std::atomic<bool> cancelled_{false};
};

}  // namespace resus::imaging
