#pragma once
// When to start and stop the agent, and whether the watchdog may be petted. Pure.
#include <chrono>
#include <cstdint>

namespace resus::firmware {

/// The agent shows that it lives by beating (touching kHeartbeatFile) at least every few seconds.
///
/// A silent agent is ended and started again. One that dies at once waits 1 s, then twice as long each time,
/// at most 30 s. After kHopeless starts in a row without a single beat the watchdog is left alone, so that
/// hardware restarts the PC: it boots the network again and loses nothing. A PC without watchdog goes on trying.
class Heart {
 public:
  using Time = std::chrono::steady_clock::time_point;
  enum class Advice : std::uint8_t { kNothing, kStart, kStop };

  static constexpr std::chrono::seconds kSilence{60};  ///< hashing threads on a slow PC may starve others for long
  static constexpr std::chrono::seconds kLongestPause{30};
  static constexpr int kHopeless = 5;

  [[nodiscard]] Advice next(Time now) const;
  void started(Time now);
  void ended(Time now);
  void beat(Time now);
  [[nodiscard]] bool may_pet_watchdog() const { return fruitless_starts_ < kHopeless; }
  [[nodiscard]] bool running() const { return running_; }

 private:
  bool running_ = false;
  bool has_beaten_ = false;
  int fruitless_starts_ = 0;
  Time last_sign_{};
  Time start_at_{};
};

/// The agent touches this file.
inline constexpr char kHeartbeatFile[] = "/run/resus/heartbeat";

}  // namespace resus::firmware
