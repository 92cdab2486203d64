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

void publish_progress(EventHub& events, const std::vector<Sighting>& sightings, const Outlook& outlook,
                      const hw::Clock& clock, std::uint64_t beat) {
  json::array rows;
  for (const auto& s : sightings) {
    const auto known = outlook.machines.find(s.record.id);
    const auto left = known == outlook.machines.end() ? std::nullopt : known->second.left;
    const auto p = current_progress(s.record, s.progress);
    const bool silent_stage = p.total == 0 && left && beat % kBeatsPerHeartbeat == 0;  // nothing but its time moves on
    if (!s.progress_is_new && !silent_stage) continue;
    const auto eta = eta_fields(left);
    rows.emplace_back(json::array{s.record.id, p.attempt, p.stage, p.done, p.total, p.bps, eta.at("eta_lo"), eta.at("eta_hi"), eta.at("basis")});
  }
  if (rows.empty()) return;
  const json::array fields{"id", "attempt", "stage", "done", "total", "bps", "eta_lo", "eta_hi", "basis"};
  events.publish("progress", json::serialize(json::object{{"t", hw::to_rfc3339(clock.now())}, {"f", fields}, {"m", std::move(rows)}}));
}

void publish_beat(EventHub& events, const Machines& machines, const hw::Clock& clock, std::uint64_t beat,
                  const std::function<json::object()>& depot_state) {
  if (beat % kBeatsPerHeartbeat != 0) return;
  const json::object hb{{"rev", machines.seq()}, {"server_time", hw::to_rfc3339(clock.now())}, {"depot", depot_state()}};
  events.publish("hb", json::serialize(hb));
}

}  // namespace resus::depot
