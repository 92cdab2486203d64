#include "web/depot/long_polls.hpp"

#include <algorithm>

namespace resus::depot {

using Clock = std::chrono::steady_clock;

LongPolls::LongPolls() : thread_([this](const std::stop_token& stop) { run(stop); }) {}

void LongPolls::wait(std::chrono::milliseconds patience, Ask ask, transport::Responder respond) {
  if (auto answer = ask(patience.count() <= 0)) return respond(std::move(*answer));
  const auto until = Clock::now() + std::min<std::chrono::milliseconds>(patience, kLongest);
  const std::lock_guard lock(mutex_);
  polls_.push_back({until, std::move(ask), std::move(respond)});
  dirty_ = true;  // it may have changed between the question and here
  changed_.notify_all();
}

void LongPolls::wake() {
  const std::lock_guard lock(mutex_);
  dirty_ = true;
  changed_.notify_all();
}

void LongPolls::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    std::list<Poll> round;
    {
      std::unique_lock lock(mutex_);
      auto until = Clock::now() + kLongest;
      for (const auto& poll : polls_) until = std::min(until, poll.until);
      changed_.wait_until(lock, stop, until, [this] { return dirty_; });
      dirty_ = false;
      round.swap(polls_);
    }
    std::list<Poll> still;
    for (auto& poll : round) {
      const bool last_chance = stop.stop_requested() || Clock::now() >= poll.until;
      if (auto answer = poll.ask(last_chance)) poll.respond(std::move(*answer));
      else still.push_back(std::move(poll));
    }
    const std::lock_guard lock(mutex_);
    polls_.splice(polls_.end(), still);
  }
}

void LongPolls::stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
  std::list<Poll> rest;
  {
    const std::lock_guard lock(mutex_);
    rest.swap(polls_);
  }
  for (auto& poll : rest) {
    if (auto answer = poll.ask(true)) poll.respond(std::move(*answer));
  }
}

}  // namespace resus::depot
