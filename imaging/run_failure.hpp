#pragma once
// The first error of a run with several threads, and what must be woken when it comes.
#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "hw/result.hpp"

namespace resus::imaging {

/// Threads: any, except on_failure(): before the threads begin.
class RunFailure {
 public:
  /// `wake` is called once, from the thread that failed: it cancels a queue or a pool.
  void on_failure(std::function<void()> wake) { wake_.push_back(std::move(wake)); }
  /// Keeps the first error; later ones are its consequences.
  void set(hw::Error error) {
    {
      const std::lock_guard lock(mutex_);
      if (error_) return;
      error_ = std::move(error);
      failed_ = true;
    }
    for (const auto& wake : wake_) wake();
  }
  [[nodiscard]] bool failed() const { return failed_; }
  /// Success, or the error. @pre the threads have ended.
  [[nodiscard]] hw::Result<void> result() const {
    const std::lock_guard lock(mutex_);
    if (error_) return hw::failure(*error_);
    return hw::success();
  }

 private:
  mutable std::mutex mutex_;
  std::optional<hw::Error> error_;
  std::atomic<bool> failed_{false};
  std::vector<std::function<void()>> wake_;
};

}  // namespace resus::imaging
