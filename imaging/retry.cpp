#include "imaging/retry.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>

namespace resus::imaging {

std::optional<std::chrono::milliseconds> RetryPlan::after(const hw::Error& error) {
  if (error.permanent) return std::nullopt;
  const auto wait = next_;
  next_ = std::min(next_ * 2, limits_.longest);
  return wait;
}

bool pause_for(std::chrono::milliseconds duration, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any woken;
  std::unique_lock lock(mutex);
  woken.wait_for(lock, stop, duration, [] { return false; });
  return !stop.stop_requested();
}

}  // namespace resus::imaging
