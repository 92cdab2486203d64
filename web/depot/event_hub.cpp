#include "web/depot/event_hub.hpp"

#include <charconv>

namespace resus::depot {

std::string event_frame(std::string_view event, std::string_view json, std::string_view id) {
  std::string frame;
  if (!id.empty()) frame += "id: " + std::string(id) + "\n";
  frame += "event: " + std::string(event) + "\ndata: " + std::string(json) + "\n\n";
  return frame;
}

/// One page's stream. A page that reads too slowly loses its queue and is told to start afresh.
class EventHub::Listener final : public transport::BodyStream {
 public:
  using Ready = std::function<void(std::optional<std::string>)>;

  void push(const std::string& frame) {
    Ready ready;
    std::string now;
    {
      const std::lock_guard lock(mutex_);
      if (queue_.size() >= kQueueFrames) {
        queue_.clear();
        queue_.push_back(event_frame("reset", R"({"reason":"slow"})"));
      } else {
        queue_.push_back(frame);
      }
      if (!ready_) return;
      ready.swap(ready_);
      now = take();
    }
    ready(std::move(now));
  }

  void next(Ready ready) override {
    std::string now;
    {
      const std::lock_guard lock(mutex_);
      if (queue_.empty() && !closed_) {
        ready_ = std::move(ready);
        return;
      }
      if (!queue_.empty()) now = take();
    }
    if (now.empty()) return ready(std::nullopt);
    ready(std::move(now));
  }

  void close() {
    Ready ready;
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
      ready.swap(ready_);
    }
    if (ready) ready(std::nullopt);
  }

 private:
  std::string take() {
    std::string all;
    for (const auto& frame : queue_) all += frame;
    queue_.clear();
    return all;
  }
  std::mutex mutex_;
  std::deque<std::string> queue_;
  Ready ready_;
  bool closed_ = false;
};

hw::Result<std::shared_ptr<transport::BodyStream>> EventHub::subscribe(const std::string& hello_json,
                                                                   std::string_view last_event_id,
                                                                   std::string_view name) {
  const std::lock_guard lock(mutex_);
  std::erase_if(listeners_, [](const auto& seat) { return seat.listener.expired(); });
  if (closed_ || listeners_.size() >= kMostClients) return hw::fail(hw::Code::kNetwork, "too many open event streams");
  auto listener = std::make_shared<Listener>();
  listener->push(event_frame("hello", hello_json));
  for (const auto& frame : missed(last_event_id)) listener->push(frame);
  listeners_.push_back({std::string(name), listener});
  return std::static_pointer_cast<transport::BodyStream>(listener);
}

std::vector<std::string> EventHub::missed(std::string_view last_event_id) const {
  if (last_event_id.empty()) return {};
  const std::vector<std::string> reset = {event_frame("reset", R"({"reason":"gap"})")};
  const auto dash = last_event_id.rfind('-');
  if (dash == std::string_view::npos || last_event_id.substr(0, dash) != boot_) return reset;
  std::uint64_t rev = 0;
  std::from_chars(last_event_id.data() + dash + 1, last_event_id.data() + last_event_id.size(), rev);
  if (ring_.empty() || rev < ring_.front().rev) return reset;
  std::vector<std::string> frames;
  for (const auto& event : ring_) {
    if (event.rev > rev) frames.push_back(event.frame);
  }
  return frames.size() < kQueueFrames ? frames : reset;
}

void EventHub::send_to_all(const std::string& frame) {
  std::vector<std::shared_ptr<Listener>> listeners;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& seat : listeners_) {
      if (auto listener = seat.listener.lock()) listeners.push_back(std::move(listener));
    }
  }
  for (const auto& listener : listeners) listener->push(frame);
}

void EventHub::publish_machine(std::uint64_t rev, const std::string& json) {
  const auto frame = event_frame("machine", json, boot_ + "-" + std::to_string(rev));
  {
    const std::lock_guard lock(mutex_);
    ring_.push_back({rev, frame});
    if (ring_.size() > kRingEvents) ring_.pop_front();
  }
  send_to_all(frame);
}

void EventHub::start_afresh() {
  {
    const std::lock_guard lock(mutex_);
    ring_.clear();
  }
  publish("reset", R"({"reason":"gone"})");
}

void EventHub::publish(std::string_view event, const std::string& json) { send_to_all(event_frame(event, json)); }

std::size_t EventHub::listeners() const {
  const std::lock_guard lock(mutex_);
  std::size_t count = 0;
  for (const auto& seat : listeners_) count += seat.listener.expired() ? 0 : 1;
  return count;
}

void EventHub::end(std::string_view name) {
  std::vector<std::shared_ptr<Listener>> ended;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& seat : listeners_) {
      if (seat.name != name) continue;
      if (auto listener = seat.listener.lock()) ended.push_back(std::move(listener));
    }
    std::erase_if(listeners_, [&](const auto& seat) { return seat.name == name; });
  }
  for (const auto& listener : ended) listener->close();
}

void EventHub::close() {
  std::vector<Seat> listeners;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    listeners.swap(listeners_);
  }
  for (const auto& seat : listeners) {
    if (auto listener = seat.listener.lock()) listener->close();
  }
}

}  // namespace resus::depot
