#pragma once
// When the machines that wait begin, and when the whole batch is done. Pure.
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "web/depot/stage_history.hpp"

namespace resus::depot {

/// What one machine still needs. Units: seconds.
struct Ahead {
  std::string id;
  bool has_place = false;           ///< it works now, or is past needing a place; otherwise it waits
  std::optional<Seconds> in_place;  ///< while it takes a place at the depot; empty: nobody knows
  Seconds after;                    ///< then, until it is ready, on its own
};

struct BatchForecast {
  /// From now until the last one is ready; empty when one of them cannot be told, or when there is none.
  std::optional<Seconds> done;
  /// From now until a waiting machine begins; machines of which nobody can tell are left out.
  std::map<std::string, Seconds> starts;
};

/// Plays the queue through, once with all short times and once with all long ones: `at_once` places, first come
/// first served. @param ahead  those with a place, then those that wait in their order
[[nodiscard]] BatchForecast play_through(const std::vector<Ahead>& ahead, std::uint32_t at_once);

}  // namespace resus::depot
