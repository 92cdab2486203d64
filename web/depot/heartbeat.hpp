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

/// The progress event of this second: machines that reported since the last one; and every fifth time those whose
/// stage has no bytes to report but a time left.
void publish_progress(EventHub& events, const std::vector<Sighting>& sightings, const Outlook& outlook,
                      const hw::Clock& clock, std::uint64_t beat);
/// Every fifth time the heartbeat with the depot's own state.
void publish_beat(EventHub& events, const Machines& machines, const hw::Clock& clock, std::uint64_t beat,
                  const std::function<boost::json::object()>& depot_state);

}  // namespace resus::depot
