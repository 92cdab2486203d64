#pragma once
// A clock that moves only when a test says so.
#include <atomic>

#include "hw/clock.hpp"

namespace resus::test {

/// Threads: any.
class FakeClock : public hw::Clock {
 public:
  /// Starts at 2026-11-23T11:00:00.000Z unless told otherwise.
  explicit FakeClock(std::int64_t utc_ms = 1'795'431'600'000) : utc_ms_(utc_ms) {}

  [[nodiscard]] hw::UtcTime now() const override {
    return hw::UtcTime(std::chrono::milliseconds(utc_ms_.load()));
  }
  [[nodiscard]] std::chrono::steady_clock::time_point steady() const override {
    return std::chrono::steady_clock::time_point(std::chrono::milliseconds(steady_ms_.load()));
  }
  /// Both clocks go on by `step`.
  void advance(std::chrono::milliseconds step) {
    utc_ms_ += step.count();
    steady_ms_ += step.count();
  }
  /// The wall clock jumps (set by an operator or by the depot); the steady one does not.
  void set_wall_clock(hw::UtcTime time) { utc_ms_ = time.time_since_epoch().count(); }

 private:
  std::atomic<std::int64_t> utc_ms_;
  std::atomic<std::int64_t> steady_ms_{0};
};

}  // namespace resus::test
