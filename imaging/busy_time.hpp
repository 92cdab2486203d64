#pragma once
// Where the time of a pipeline goes: how long each kind of work kept threads busy.
#include <atomic>
#include <chrono>

namespace resus::imaging {

/// Busy time of one kind of work, summed over all threads that do it: two threads that both work for a second
/// make two seconds. Waiting for a queue does not count; waiting for the device or the wire inside a call does.
/// Threads: any.
class BusyTime {
 public:
  void add(std::chrono::steady_clock::duration time) { ticks_.fetch_add(time.count(), std::memory_order_relaxed); }
  [[nodiscard]] double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::duration(ticks_.load(std::memory_order_relaxed)))
        .count();
  }

 private:
  std::atomic<std::chrono::steady_clock::rep> ticks_{0};
};

/// Runs `work` and adds the time that it took.
template <class Work>
auto timed(BusyTime& busy, Work work) {
  struct Stop {
    BusyTime& busy;
    std::chrono::steady_clock::time_point begun = std::chrono::steady_clock::now();
    ~Stop() { busy.add(std::chrono::steady_clock::now() - begun); }
  } stop{.busy = busy};
  return work();
}

}  // namespace resus::imaging
