#include "web/depot/time_left.hpp"

#include <algorithm>
#include <cmath>

namespace resus::depot {
namespace {

using imaging::Phase;

constexpr double kSlowQuantile = 0.2;
constexpr double kFastQuantile = 0.8;

/// Time left of the running stage, and how many machines it was learnt from (0: its own speed).
struct Part {
  Seconds seconds;
  std::size_t machines = 0;
  bool similar = true;
};

double worked_seconds(const MachineRecord& r, std::optional<Phase> only, std::int64_t now_ms) {
  std::int64_t total = 0;
  for (const auto& time : r.times) {
    if (!only || time.phase == *only) total += time.total_ms(now_ms);
  }
  return static_cast<double>(total) / 1000;
}

std::optional<Expected> expected(const MachineRecord& r, Phase phase, const StageHistory& history) {
  return history.expect(phase, likeness_of(r, phase), bytes_of_stage(r, phase));
}

std::optional<Part> rest_of_stage(const MachineRecord& r, const RunningStage& running, const StageHistory& history,
                                  std::int64_t now_ms) {
  if (running.total > 0 && running.rates != nullptr) {
    const auto bytes = running.total - std::min(running.done, running.total);
    if (const auto own = running.rates->time_for(bytes)) return Part{.seconds = *own};
  }
  const auto known = expected(r, r.phase, history);
  const double worked = worked_seconds(r, r.phase, now_ms);
  if (!known || worked > known->slowest) return std::nullopt;  // slower than all before it: they say nothing any more
  const Seconds left{std::max(0.0, known->whole.lo - worked), std::max(0.0, known->whole.hi - worked)};
  return Part{.seconds = left, .machines = known->machines, .similar = known->similar};
}

std::string basis_text(std::size_t machines, bool similar) {
  if (machines == 0) return "its own speed so far";
  return std::to_string(machines) + (similar ? " similar PC" : " other PC") + (machines == 1 ? "" : "s");
}

/// Adds the stages after `from`. False when one of them is not known.
bool add_stages(const MachineRecord& r, Phase from, const StageHistory& history, TimeLeft& left, Part& learnt) {
  for (const auto phase : timed_phases()) {
    if (phase <= from) continue;
    const auto known = expected(r, phase, history);
    if (!known) return false;
    left.seconds += known->whole;
    if (phase == Phase::kVerifyingInstall) left.test = known->whole;
    learnt.machines = learnt.machines == 0 ? known->machines : std::min(learnt.machines, known->machines);
    learnt.similar = learnt.similar && known->similar;
  }
  return true;
}

}  // namespace

void RecentRates::add(std::uint64_t bytes_per_s) {
  rates_.push_back(static_cast<double>(bytes_per_s));
  if (rates_.size() > kKept) rates_.pop_front();
}

std::optional<Seconds> RecentRates::time_for(std::uint64_t bytes) const {
  if (rates_.size() < kNeeded) return std::nullopt;
  std::vector<double> sorted(rates_.begin(), rates_.end());
  std::ranges::sort(sorted);
  const double slow = quantile(sorted, kSlowQuantile);
  const double fast = quantile(sorted, kFastQuantile);
  if (slow <= 0) return std::nullopt;
  return Seconds{static_cast<double>(bytes) / fast, static_cast<double>(bytes) / slow};
}

std::optional<TimeLeft> time_left(const MachineRecord& r, const RunningStage& running, const StageHistory& history,
                                  std::int64_t now_ms) {
  if (stage_word(r.phase).empty() || r.condition != imaging::Condition::kOk) return std::nullopt;
  if (worked_seconds(r, std::nullopt, now_ms) < kNoneBeforeSeconds) return std::nullopt;
  const auto rest = rest_of_stage(r, running, history, now_ms);
  if (!rest) return std::nullopt;
  TimeLeft stage_only{.seconds = rest->seconds, .test = {}, .basis = basis_text(rest->machines, rest->similar), .whole = false};
  TimeLeft left = stage_only;
  if (r.phase == Phase::kVerifyingInstall) left.test = rest->seconds;
  Part learnt = *rest;
  left.whole = add_stages(r, r.phase, history, left, learnt);
  left.basis = basis_text(learnt.machines, learnt.similar);
  if (left.whole) return left;
  stage_only.basis += ", " + std::string(stage_word(r.phase)) + " only";
  return stage_only;
}

std::optional<TimeLeft> time_for_all(const MachineRecord& r, const StageHistory& history) {
  TimeLeft left;
  Part learnt;
  left.whole = add_stages(r, Phase::kQueued, history, left, learnt);
  left.basis = basis_text(learnt.machines, learnt.similar);
  return left.whole ? std::optional(left) : std::nullopt;
}

std::optional<TimeLeft> SteadyRange::follow(const std::optional<TimeLeft>& fresh, std::int64_t now_ms) {
  const double passed = std::max(0.0, static_cast<double>(now_ms - shown_at_ms_) / 1000);
  const bool goes_on = fresh && shown_ && fresh->whole == shown_->whole;
  shown_at_ms_ = now_ms;
  if (!goes_on) {
    shown_ = fresh;
    return shown_;
  }
  const double weight = 1 - std::exp(-passed / kSettleSeconds);
  const auto drift = [&](double shown, double wanted) {
    const double run_down = std::max(0.0, shown - passed);
    return run_down + (wanted - run_down) * weight;
  };
  const auto before = shown_->seconds;
  shown_ = fresh;
  shown_->seconds = {drift(before.lo, fresh->seconds.lo), drift(before.hi, fresh->seconds.hi)};
  return shown_;
}

}  // namespace resus::depot
