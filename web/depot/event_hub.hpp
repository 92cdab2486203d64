#pragma once
// Server-sent events for the pages: a ring for those who come back, a short queue for each who listens.
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "web/transport/http.hpp"

namespace resus::depot {

/// Threads: any.
class EventHub {
 public:
  static constexpr std::size_t kQueueFrames = 64;
  static constexpr std::size_t kRingEvents = 1024;
  static constexpr std::size_t kMostClients = 256;

  /// @param boot  names this run of the depot; part of every event id
  explicit EventHub(std::string boot) : boot_(std::move(boot)) {}
  ~EventHub() { close(); }
  EventHub(const EventHub&) = delete;
  EventHub& operator=(const EventHub&) = delete;

  /// A new listener. `hello` goes first; then, for one who comes back with Last-Event-ID, what it missed, or
  /// `reset` when that is not known any more. `listener`: who it is, for end(). Errors: kNetwork when there are too many.
  [[nodiscard]] hw::Result<std::shared_ptr<transport::BodyStream>> subscribe(const std::string& hello_json,
                                                                         std::string_view last_event_id,
                                                                         std::string_view listener = {});
  /// Ends the streams of one listener.
  void end(std::string_view listener);
  /// Kept in the ring and replayed.
  void publish_machine(std::uint64_t rev, const std::string& json);
  /// Machines are gone: everybody, and who comes back later, begins with a fresh snapshot.
  void start_afresh();
  /// Seen only by those who listen now.
  void publish(std::string_view event, const std::string& json);
  [[nodiscard]] const std::string& boot() const { return boot_; }
  [[nodiscard]] std::size_t listeners() const;
  /// Ends every stream.
  void close();

 private:
  class Listener;
  struct RingEvent {
    std::uint64_t rev;
    std::string frame;
  };
  void send_to_all(const std::string& frame);
  [[nodiscard]] std::vector<std::string> missed(std::string_view last_event_id) const;

  std::string boot_;
  mutable std::mutex mutex_;
  std::deque<RingEvent> ring_;
  struct Seat {
    std::string name;
    std::weak_ptr<Listener> listener;
  };
  std::vector<Seat> listeners_;
  bool closed_ = false;
};

/// "event: NAME\ndata: JSON\n\n"; JSON must hold no line break.
[[nodiscard]] std::string event_frame(std::string_view event, std::string_view json, std::string_view id = {});

}  // namespace resus::depot
