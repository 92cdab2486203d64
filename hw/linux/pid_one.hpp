#pragma once
// What only process 1 does.
#include <chrono>
#include <optional>
#include <set>
#include <string>

namespace resus::hw {

/// Reaps processes whose parents have gone. `ours` are left to Processes::alive(), which wants their status.
/// Threads: the one that starts processes.
void reap_orphans(const std::set<int>& ours);

/// One line on a console, best effort: a PC without this port has none.
void say_on(const std::string& console, const std::string& line);

/// How long ago a file was touched, by the clock of its file system; nothing when there is none.
[[nodiscard]] std::optional<std::chrono::milliseconds> age_of(const std::string& path);

}  // namespace resus::hw
