#pragma once
#include <chrono>
#include <cstdint>
#include <string>

namespace resus::hw {

using UtcTime = std::chrono::sys_time<std::chrono::milliseconds>;

/// Wall clock and monotonic clock, replaceable in tests. Threads: any.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual UtcTime now() const = 0;
  [[nodiscard]] virtual std::chrono::steady_clock::time_point steady() const = 0;
};

/// "2026-11-23T10:58:03.120Z" (RFC 3339, UTC, milliseconds).
[[nodiscard]] std::string to_rfc3339(UtcTime time);
/// Of such a text; 0 where it is none.
[[nodiscard]] std::int64_t seconds_since_1970(const std::string& rfc3339);

}  // namespace resus::hw
