#pragma once
// The source disk read a second time after the copy: does it give the same bytes again?
#include <map>
#include <optional>
#include <stop_token>
#include <string_view>
#include <vector>

#include "imaging/buffer_pool.hpp"
#include "imaging/evidence_sink.hpp"

namespace resus::imaging {

/// What the first reading gave, of the segments that are to be read again, and the comparison with the second.
/// A segment of which part could not be read is left out: there is nothing to compare.
/// Memory: 32 bytes for each megabyte that is read again. Threads: one.
class SecondReading {
 public:
  /// kSampled: the first and the last megabyte and one in 64, at places that differ from copy to copy.
  SecondReading(RereadPolicy policy, std::uint64_t disk_bytes, std::uint64_t phase);
  [[nodiscard]] bool wanted(std::uint64_t segment) const;
  /// A segment as the first reading gave it.
  void note(const SegmentOffer& offer);
  /// Reads every noted segment again. A place that cannot be read now is counted, not retried.
  /// Errors: kCancelled, kDeviceGone, kRead (a read that could not be queued).
  [[nodiscard]] Result<RereadOutcome> compare(hw::DiskReader& disk, BufferPool& pool, const std::stop_token& stop) const;

 private:
  Result<void> compare_range(hw::DiskReader& disk, BufferPool& pool, std::uint64_t first, std::uint64_t count,
                             const std::stop_token& stop, RereadOutcome& outcome) const;
  RereadPolicy policy_;
  std::uint64_t disk_bytes_;
  std::uint64_t phase_;
  std::map<std::uint64_t, std::vector<Digest>> nodes_;  ///< runs of neighbouring segments, by the first
};

}  // namespace resus::imaging
