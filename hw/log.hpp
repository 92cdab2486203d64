#pragma once
// Structured log lines: one line each, "time level room: message". Never exits, never throws.
#include <functional>
#include <string>
#include <string_view>

namespace resus::hw {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

/// Threads: any. The default sink writes to stderr.
void log(LogLevel level, std::string_view room, std::string_view message);
/// Replaces the sink; the agent sends lines to the depot, tests collect them.
void set_log_sink(std::function<void(LogLevel, std::string_view room, std::string_view message)> sink);

}  // namespace resus::hw
