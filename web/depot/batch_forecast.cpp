#include "web/depot/batch_forecast.hpp"

#include <algorithm>
#include <limits>
#include <queue>

namespace resus::depot {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::infinity();

struct Played {
  double last_ready = 0;
  std::vector<double> starts;  ///< one a waiting machine
};

/// `pick` takes one end of a range.
template <class Pick>
Played play(const std::vector<Ahead>& ahead, std::uint32_t at_once, Pick pick) {
  std::priority_queue<double, std::vector<double>, std::greater<>> free_at;
  Played played;
  for (const auto& machine : ahead) {
    double start = 0;
    if (!machine.has_place) {
      while (free_at.size() >= at_once) {
        start = std::max(start, free_at.top());
        free_at.pop();
      }
      played.starts.push_back(start);
    }
    const double leaves = start + (machine.in_place ? pick(*machine.in_place) : kUnknown);
    free_at.push(leaves);
    played.last_ready = std::max(played.last_ready, leaves + pick(machine.after));
  }
  return played;
}

}  // namespace

BatchForecast play_through(const std::vector<Ahead>& ahead, std::uint32_t at_once) {
  BatchForecast forecast;
  if (ahead.empty() || at_once == 0) return forecast;
  const auto soon = play(ahead, at_once, [](const Seconds& s) { return s.lo; });
  const auto late = play(ahead, at_once, [](const Seconds& s) { return s.hi; });
  if (late.last_ready < kUnknown) forecast.done = Seconds{soon.last_ready, late.last_ready};
  std::size_t place = 0;
  for (const auto& machine : ahead) {
    if (machine.has_place) continue;
    const Seconds start{soon.starts[place], late.starts[place]};
    ++place;
    if (start.hi < kUnknown) forecast.starts[machine.id] = start;
  }
  return forecast;
}

}  // namespace resus::depot
