#pragma once
// Requests that wait until something has changed.
#include <chrono>
#include <functional>
#include <list>
#include <optional>

#include <condition_variable>
#include <mutex>
#include <thread>

#include "web/transport/http.hpp"

namespace resus::depot {

/// Threads: any. One thread asks again after every wake(); answers must be cheap (memory only).
class LongPolls {
 public:
  /// The answer when there is one worth giving, or the latest one when `last_chance`.
  using Ask = std::function<std::optional<transport::Response>(bool last_chance)>;
  static constexpr std::chrono::seconds kLongest{30};

  LongPolls();
  ~LongPolls() { stop(); }
  LongPolls(const LongPolls&) = delete;
  LongPolls& operator=(const LongPolls&) = delete;

  /// Asks at once on the calling thread; waits only if there is no answer yet.
  void wait(std::chrono::milliseconds patience, Ask ask, transport::Responder respond);
  /// Something changed.
  void wake();
  /// Gives everybody the latest answer and ends.
  void stop();

 private:
  struct Poll {
    std::chrono::steady_clock::time_point until;
    Ask ask;
    transport::Responder respond;
  };
  void run(const std::stop_token& stop);
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::list<Poll> polls_;
  bool dirty_ = false;
  std::jthread thread_;
};

}  // namespace resus::depot
