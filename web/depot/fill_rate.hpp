#pragma once
// When the evidence disk will be full if it goes on as in the last hours. Pure.
#include <cstdint>
#include <deque>
#include <optional>

namespace resus::depot {

/// Units: bytes, UTC milliseconds. Threads: not thread-safe.
class FillRate {
 public:
  static constexpr std::int64_t kWindowMs = 3 * 3'600'000;    ///< a night's work changes from hour to hour, not faster
  static constexpr std::int64_t kEveryMs = 60'000;            ///< one sample a minute is kept
  static constexpr std::int64_t kHistoryMs = 15 * 60'000;     ///< less says nothing
  static constexpr std::int64_t kFarthestMs = 30 * 86'400'000LL;  ///< beyond that "full" is not in sight
  static constexpr std::uint64_t kLeastGrowth = 64u << 20;    ///< log files and the catalogue grow, too

  void add(std::int64_t t_ms, std::uint64_t free_bytes);
  /// The moment at which `reserve_bytes` are left. Empty while nothing grows, or too little is known.
  [[nodiscard]] std::optional<std::int64_t> full_at_ms(std::uint64_t reserve_bytes) const;

 private:
  struct Sample {
    std::int64_t t_ms;
    std::uint64_t free_bytes;
  };
  std::deque<Sample> samples_;
};

}  // namespace resus::depot
