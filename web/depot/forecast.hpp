#pragma once
// Keeps what is needed to say how long machines and the batch still take: history, speeds, what was last shown.
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "web/depot/batch_forecast.hpp"
#include "web/depot/time_left.hpp"
#include "web/messages/task.hpp"

namespace resus::depot {

/// What can be said about one machine.
struct Prospect {
  std::optional<TimeLeft> left;    ///< of one that works
  std::optional<Seconds> starts;   ///< of one that waits
};

struct Outlook {
  std::map<std::string, Prospect, std::less<>> machines;  ///< those without anything to say are left out
  std::optional<Seconds> done;                            ///< the whole batch
};

/// One machine at this moment.
struct Sighting {
  MachineRecord record;
  std::optional<messages::Progress> progress;
  bool progress_is_new = false;  ///< reported since the last look
};

/// Threads: any; look() from one thread.
class Forecast {
 public:
  explicit Forecast(std::vector<FinishedStage> history);
  void learn(const std::vector<FinishedStage>& rows);
  /// Call about once a second with every machine. @param at_once  machines that may work at the same time
  [[nodiscard]] Outlook look(const std::vector<Sighting>& sightings, std::uint32_t at_once, std::int64_t now_ms);

 private:
  struct Followed {
    imaging::Phase phase = imaging::Phase::kDiscovered;
    RecentRates rates;
    SteadyRange range;
  };
  [[nodiscard]] std::optional<TimeLeft> left_of(const Sighting& sighting, std::int64_t now_ms);
  [[nodiscard]] std::vector<Ahead> queue_of(const std::vector<Sighting>& sightings, const Outlook& outlook) const;

  std::mutex mutex_;
  StageHistory history_;
  std::map<std::string, Followed, std::less<>> followed_;
};

}  // namespace resus::depot
