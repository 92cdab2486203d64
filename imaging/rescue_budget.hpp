#pragma once
// How long a failing disk may be worked at, and where its sweep goes on after trouble.
#include <algorithm>
#include <chrono>
#include <cstdint>

#include "imaging/block.hpp"

namespace resus::imaging {

/// Only trouble is charged: reads that fail or crawl, and everything after the sweep. A healthy disk never is,
/// however large. Sans-I/O. Threads: one.
class RescueBudget {
 public:
  using Time = std::chrono::steady_clock::duration;
  explicit RescueBudget(Time total) : left_(std::max(total, Time::zero())) {}
  void charge(Time spent) { left_ -= std::min(left_, spent); }
  [[nodiscard]] Time left() const { return left_; }
  [[nodiscard]] bool spent() const { return left_ == Time::zero(); }

 private:
  Time left_;
};

/// The first sweep over a disk: what is left out behind a bad place grows with each failure in a row, so that a dead
/// region costs a few reads and not one for each megabyte. Sans-I/O. Threads: one.
/// Source: GNU ddrescue manual, chapter "Algorithm", first phase (doubling skip, at most 1 % of the disk or 1 GiB).
class SweepGuide {
 public:
  /// A piece of 1 MiB that takes longer is trouble although it was read: below 0.2 MB/s no disk is well.
  static constexpr std::chrono::seconds kSlow{5};
  /// So many good pieces in a row, and several reads are in flight again.
  static constexpr unsigned kCalm = 8;

  SweepGuide(RescueBudget& budget, std::uint64_t disk_bytes)
      : budget_(budget),
        longest_(std::clamp<std::uint64_t>(disk_bytes / 100 / kSegmentBytes, 1, 1024) * kSegmentBytes) {}

  /// A piece ended after `took`. How many bytes behind it are left out for now.
  [[nodiscard]] std::uint64_t skip_after(bool read, RescueBudget::Time took) {
    if (read && took < kSlow) {
      calm_ = std::min(calm_ + 1, kCalm);
      skip_ = kSegmentBytes;
      return 0;
    }
    budget_.charge(took);
    calm_ = 0;
    const auto skip = skip_;
    skip_ = std::min(2 * skip_, longest_);
    return skip;
  }
  /// One read at a time: every further one into a bad region could cost half a minute.
  [[nodiscard]] bool careful() const { return calm_ < kCalm; }
  /// Nothing more is to be read.
  [[nodiscard]] bool over() const { return budget_.spent(); }

 private:
  RescueBudget& budget_;
  std::uint64_t longest_;
  std::uint64_t skip_ = kSegmentBytes;
  unsigned calm_ = kCalm;
};

}  // namespace resus::imaging
