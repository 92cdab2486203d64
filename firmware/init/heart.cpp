#include "firmware/init/heart.hpp"

#include <algorithm>

namespace resus::firmware {

Heart::Advice Heart::next(Time now) const {
  if (running_) return now - last_sign_ > kSilence ? Advice::kStop : Advice::kNothing;
  return now >= start_at_ ? Advice::kStart : Advice::kNothing;
}

void Heart::started(Time now) {
  running_ = true;
  has_beaten_ = false;
  last_sign_ = now;
}

void Heart::ended(Time now) {
  running_ = false;
  fruitless_starts_ = has_beaten_ ? 0 : fruitless_starts_ + 1;
  const std::chrono::seconds pause{1 << std::clamp(fruitless_starts_ - 1, 0, 5)};
  start_at_ = now + std::min(pause, kLongestPause);
}

void Heart::beat(Time now) {
  has_beaten_ = true;
  fruitless_starts_ = 0;
  last_sign_ = now;
}

}  // namespace resus::firmware
