#pragma once
// What happens once a second whether anybody asks or not.
#include <boost/json.hpp>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "web/depot/event_hub.hpp"
#include "web/depot/machines.hpp"

namespace resus::depot {

/// Calls `beat` about once a second on a thread of its own, with the number of the beat.
class Heartbeat {
 public:
  explicit Heartbeat(std::function<void(std::uint64_t)> beat);
  ~Heartbeat();
  Heartbeat(const Heartbeat&) = delete;
  Heartbeat& operator=(const Heartbeat&) = delete;

 private:
  std::function<void(std::uint64_t)> beat_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::jthread thread_;
};

/// The progress event of this second, and every fifth time the heartbeat with the depot's own state.
void publish_beat(EventHub& events, Machines& machines, const hw::Clock& clock, std::uint64_t beat,
                  const std::function<boost::json::object()>& depot_state);

}  // namespace resus::depot
