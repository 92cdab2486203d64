#pragma once
// How long a machine still needs, as a range with its basis; never a figure nobody can stand behind. Pure.
//
// None in the first minute. What is left of the running stage comes from the machine's own speed of late, where it
// tells one, otherwise from what the stage took on machines like it; the stages after it come from those machines
// alone. Source: the dashboard's design, rule 3.
#include <deque>
#include <optional>
#include <string>

#include "web/depot/machine_record.hpp"
#include "web/depot/stage_history.hpp"

namespace resus::depot {

/// The speeds a machine reported of late. Units: bytes a second.
class RecentRates {
 public:
  static constexpr std::size_t kKept = 120;    ///< reports: about two minutes
  static constexpr std::size_t kNeeded = 20;   ///< fewer say nothing
  void add(std::uint64_t bytes_per_s);
  void clear() { rates_.clear(); }
  [[nodiscard]] bool empty() const { return rates_.empty(); }
  /// How long `bytes` take at the slower and faster speeds of late; empty with too few reports or while it stands still.
  [[nodiscard]] std::optional<Seconds> time_for(std::uint64_t bytes) const;

 private:
  std::deque<double> rates_;
};

struct TimeLeft {
  Seconds seconds;      ///< until ready, or until the end of the running stage when `whole` is false
  Seconds test;         ///< the part of it in which the machine needs the depot no more
  std::string basis;    ///< "14 similar PCs", "its own speed so far", "its own speed so far, copy only"
  bool whole = false;
};

/// The work that is running. `total` 0: it does not say.
struct RunningStage {
  std::uint64_t done = 0;
  std::uint64_t total = 0;
  const RecentRates* rates = nullptr;
};

inline constexpr double kNoneBeforeSeconds = 60;

/// Of a machine that works. Empty in the first minute, and when neither its speed nor the history says anything.
[[nodiscard]] std::optional<TimeLeft> time_left(const MachineRecord& record, const RunningStage& running,
                                                const StageHistory& history, std::int64_t now_ms);
/// Of a machine that waits, from its first byte on. Empty unless every stage is known from others.
[[nodiscard]] std::optional<TimeLeft> time_for_all(const MachineRecord& record, const StageHistory& history);

/// Lets a range follow its measurements without jumps: it runs down with the clock and drifts towards what is new.
class SteadyRange {
 public:
  static constexpr double kSettleSeconds = 30;  ///< two thirds of a change are shown after this time
  [[nodiscard]] std::optional<TimeLeft> follow(const std::optional<TimeLeft>& fresh, std::int64_t now_ms);

 private:
  std::optional<TimeLeft> shown_;
  std::int64_t shown_at_ms_ = 0;
};

}  // namespace resus::depot
