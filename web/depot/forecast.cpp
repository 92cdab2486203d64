#include "web/depot/forecast.hpp"

#include <limits>

#include "web/depot/turns.hpp"

namespace resus::depot {
namespace {

using imaging::Condition;

/// Counts for the batch: a machine that stands still or was given up never blocks the others' end.
bool is_under_way(const MachineRecord& r) {
  return !stage_word(r.phase).empty() && r.condition == Condition::kOk && !r.released;
}

/// Bytes tell nothing of a stage whose report is another stage's.
bool reports_its_stage(const Sighting& s) {
  return s.progress && s.progress->attempt == s.record.attempt && s.progress->stage == stage_word(s.record.phase);
}

Ahead ahead_of(const MachineRecord& r, bool has_place, const std::optional<TimeLeft>& left) {
  constexpr double kUnknown = std::numeric_limits<double>::infinity();
  Ahead ahead{.id = r.id, .has_place = has_place, .in_place = {}, .after = {}};
  if (!left || !left->whole) {
    if (r.phase != imaging::Phase::kVerifyingInstall) return ahead;
    ahead.in_place = Seconds{};  // it boots its own disk: it needs no place, however long it takes
    ahead.after = {kUnknown, kUnknown};
    return ahead;
  }
  ahead.in_place = Seconds{left->seconds.lo - left->test.lo, left->seconds.hi - left->test.hi};
  ahead.after = left->test;
  return ahead;
}

}  // namespace

Forecast::Forecast(std::vector<FinishedStage> history) { learn(history); }

void Forecast::learn(const std::vector<FinishedStage>& rows) {
  const std::lock_guard lock(mutex_);
  for (const auto& row : rows) history_.add(row);
}

std::optional<TimeLeft> Forecast::left_of(const Sighting& s, std::int64_t now_ms) {
  auto& followed = followed_[s.record.id];
  if (followed.phase != s.record.phase) followed.rates.clear();
  followed.phase = s.record.phase;
  RunningStage running;
  if (reports_its_stage(s)) {
    const bool moves = s.progress->bps > 0 || !followed.rates.empty();  // the first report has no speed yet
    if (s.progress_is_new && moves) followed.rates.add(s.progress->bps);
    running = {.done = s.progress->done, .total = s.progress->total, .rates = &followed.rates};
  }
  return followed.range.follow(time_left(s.record, running, history_, now_ms), now_ms);
}

std::vector<Ahead> Forecast::queue_of(const std::vector<Sighting>& sightings, const Outlook& outlook) const {
  std::vector<Ahead> ahead;
  std::map<std::uint32_t, const MachineRecord*> waiting;
  std::vector<MachineRecord> queued;
  for (const auto& s : sightings) {
    if (s.record.phase == imaging::Phase::kQueued) queued.push_back(s.record);
    if (!is_under_way(s.record)) continue;
    const auto known = outlook.machines.find(s.record.id);
    ahead.push_back(ahead_of(s.record, true, known == outlook.machines.end() ? std::nullopt : known->second.left));
  }
  const auto places = queue_places(queued);
  for (const auto& record : queued) {
    if (const auto place = places.find(record.id); place != places.end()) waiting[place->second] = &record;
  }
  for (const auto& [place, record] : waiting) ahead.push_back(ahead_of(*record, false, time_for_all(*record, history_)));
  return ahead;
}

Outlook Forecast::look(const std::vector<Sighting>& sightings, std::uint32_t at_once, std::int64_t now_ms) {
  const std::lock_guard lock(mutex_);
  Outlook outlook;
  for (const auto& s : sightings) {
    if (!is_under_way(s.record)) followed_.erase(s.record.id);
    else if (auto left = left_of(s, now_ms)) outlook.machines[s.record.id].left = std::move(left);
  }
  const auto forecast = play_through(queue_of(sightings, outlook), at_once);
  for (const auto& [id, starts] : forecast.starts) outlook.machines[id].starts = starts;
  outlook.done = forecast.done;
  return outlook;
}

}  // namespace resus::depot
