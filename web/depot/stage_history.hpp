#pragma once
// What the stages took on machines that have them behind them. Pure.
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>

#include "web/depot/stage_times.hpp"

namespace resus::depot {

/// From the fastest to the slowest that is likely. Units: seconds.
struct Seconds {
  double lo = 0;
  double hi = 0;
  Seconds& operator+=(const Seconds& other) {
    lo += other.lo;
    hi += other.hi;
    return *this;
  }
  bool operator==(const Seconds&) const = default;
};

struct Expected {
  Seconds whole;            ///< of the stage from its beginning
  double slowest = 0;       ///< seconds; nobody seen so far needed longer
  std::size_t machines = 0; ///< from so many finished stages
  bool similar = false;     ///< same size of disk, and same speed of link
};

/// Remembers the latest rows of each stage and answers from the most alike ones.
/// Threads: not thread-safe.
class StageHistory {
 public:
  static constexpr std::size_t kMostRows = 4096;
  /// From here on the middle four fifths of the times are the range; fewer say less and the range is wider.
  static constexpr std::size_t kEnough = 3;

  void add(FinishedStage row);
  /// @param bytes  of the asking machine, see bytes_of_stage()
  /// Empty when no machine has gone through the stage with this content.
  [[nodiscard]] std::optional<Expected> expect(imaging::Phase phase, const Likeness& likeness, std::uint64_t bytes) const;

 private:
  std::deque<FinishedStage> rows_;
};

/// The q-quantile (0 to 1) of ascending values, linear between neighbours. @pre not empty.
[[nodiscard]] double quantile(std::span<const double> ascending, double q);

}  // namespace resus::depot
