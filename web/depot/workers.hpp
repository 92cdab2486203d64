#pragma once
// Threads that do what network threads must not wait for.
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace resus::depot {

/// A queue of work served by `threads` threads; one thread keeps the order. Threads: any.
class Workers {
 public:
  explicit Workers(unsigned threads);
  ~Workers() { stop(); }
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;
  /// Dropped after stop(): whatever the work owns is then destroyed.
  void post(std::function<void()> work);
  /// Ends after the work that is running; what waits is dropped.
  void stop();

 private:
  void run(const std::stop_token& stop);
  std::mutex mutex_;
  std::condition_variable_any ready_;
  std::deque<std::function<void()>> queue_;
  bool stopped_ = false;
  std::vector<std::jthread> threads_;
};

}  // namespace resus::depot
