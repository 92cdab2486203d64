#include "web/depot/workers.hpp"

#include <exception>
#include <string>

#include "hw/log.hpp"

namespace resus::depot {

Workers::Workers(unsigned threads) {
  for (unsigned i = 0; i < threads; ++i) {
    threads_.emplace_back([this](const std::stop_token& stop) { run(stop); });
  }
}

void Workers::post(std::function<void()> work) {
  const std::lock_guard lock(mutex_);
  if (stopped_) return;
  queue_.push_back(std::move(work));
  ready_.notify_one();
}

void Workers::run(const std::stop_token& stop) {
  for (;;) {
    std::function<void()> work;
    {
      std::unique_lock lock(mutex_);
      if (!ready_.wait(lock, stop, [this] { return !queue_.empty(); }) || stop.stop_requested()) return;
      work = std::move(queue_.front());
      queue_.pop_front();
    }
    try {
      work();
    } catch (const std::exception& bug) {
      hw::log(hw::LogLevel::kError, "depot", std::string("work threw: ") + bug.what());
    }
  }
}

void Workers::stop() {
  std::deque<std::function<void()>> dropped;
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    dropped.swap(queue_);
  }
  for (auto& thread : threads_) thread.request_stop();
  threads_.clear();
}

}  // namespace resus::depot
