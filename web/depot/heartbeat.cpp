#include "web/depot/heartbeat.hpp"

namespace resus::depot {
namespace {

namespace json = boost::json;
constexpr std::uint64_t kBeatsPerHeartbeat = 5;

}  // namespace

Heartbeat::Heartbeat(std::function<void(std::uint64_t)> beat)
    : beat_(std::move(beat)), thread_([this](const std::stop_token& stop) {
        for (std::uint64_t number = 0; !stop.stop_requested(); ++number) {
          beat_(number);
          std::unique_lock lock(mutex_);
          wake_.wait_for(lock, stop, std::chrono::seconds(1), [] { return false; });
        }
      }) {}

Heartbeat::~Heartbeat() {
  thread_.request_stop();
  thread_.join();
}

void publish_beat(EventHub& events, Machines& machines, const hw::Clock& clock, std::uint64_t beat,
                  const std::function<json::object()>& depot_state) {
  json::array rows;
  for (const auto& [id, p] : machines.take_progress()) {
    rows.emplace_back(json::array{id, p.attempt, p.stage, p.done, p.total, p.bps, nullptr, nullptr, nullptr});
  }
  const auto now = hw::to_rfc3339(clock.now());
  if (!rows.empty()) {
    const json::array fields{"id", "attempt", "stage", "done", "total", "bps", "eta_lo", "eta_hi", "basis"};
    events.publish("progress", json::serialize(json::object{{"t", now}, {"f", fields}, {"m", std::move(rows)}}));
  }
  if (beat % kBeatsPerHeartbeat != 0) return;
  events.publish("hb", json::serialize(json::object{{"rev", machines.rev()}, {"server_time", now}, {"depot", depot_state()}}));
}

}  // namespace resus::depot
