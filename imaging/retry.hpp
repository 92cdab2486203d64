#pragma once
// When to try a call again: the decision apart from the waiting.
#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>

#include "hw/result.hpp"
#include "imaging/progress.hpp"

namespace resus::imaging {

/// Waits between tries of one call: doubling from `first` to `longest`, without end, as long as the
/// errors are retryable (a full evidence disk, a lost network): only a person or success ends it.
/// Sans-I/O. Threads: one.
class RetryPlan {
 public:
  struct Limits {
    std::chrono::milliseconds first{250};
    std::chrono::milliseconds longest{15'000};
  };
  RetryPlan() : RetryPlan(Limits{}) {}
  explicit RetryPlan(Limits limits) : limits_(limits), next_(limits.first) {}
  /// How long to wait before the next try, or nothing: the error is permanent.
  [[nodiscard]] std::optional<std::chrono::milliseconds> after(const hw::Error& error);

 private:
  Limits limits_;
  std::chrono::milliseconds next_;
};

/// Waits; false if stop was asked for meanwhile. Tests put in one that does not wait.
using Pause = std::function<bool(std::chrono::milliseconds, const std::stop_token&)>;
/// The real one.
[[nodiscard]] bool pause_for(std::chrono::milliseconds duration, const std::stop_token& stop);

/// Calls `call` until it succeeds, fails for good, or stop is asked for (kCancelled, with the last
/// error beside it).
template <class Call>
auto retried(Call&& call, const Pause& pause, ProgressSink& progress, const std::stop_token& stop)
    -> decltype(call()) {
  RetryPlan plan;
  while (true) {
    auto result = call();
    if (result) return result;
    const auto wait = plan.after(result.error());
    if (!wait) return result;
    progress.paused(result.error(), *wait);
    if (!pause(*wait, stop)) {
      auto cancelled = hw::make_error(hw::Code::kCancelled, "stopped while waiting to try again");
      cancelled.secondary.push_back(result.error().to_string());
      return hw::failure(std::move(cancelled));
    }
  }
}

}  // namespace resus::imaging
