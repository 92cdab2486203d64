#pragma once
#include "hw/clock.hpp"

namespace resus::hw {

/// The machine's own clocks. Threads: any.
class SystemClock : public Clock {
 public:
  [[nodiscard]] UtcTime now() const override;
  [[nodiscard]] std::chrono::steady_clock::time_point steady() const override;
};

}  // namespace resus::hw
