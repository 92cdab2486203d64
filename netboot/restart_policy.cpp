#include <algorithm>

#include "netboot/dnsmasq_supervisor.hpp"

namespace resus::netboot {
namespace {

constexpr std::chrono::seconds kShortestPause{1};
constexpr std::chrono::seconds kLongestPause{60};

}  // namespace

std::string_view to_string(NetbootState state) {
  switch (state) {
    case NetbootState::kOff: return "off";
    case NetbootState::kRunning: return "running";
    case NetbootState::kRestarting: return "restarting";
    case NetbootState::kFailed: return "failed";
  }
  return "off";
}

bool RestartPolicy::should_start(Time now) const { return !running_ && (!ever_started_ || now >= start_again_at_); }

void RestartPolicy::started(Time now) {
  running_ = true;
  ever_started_ = true;
  started_at_ = now;
}

void RestartPolicy::ended(Time now) {
  running_ = false;
  ever_started_ = true;
  const bool quick = now - started_at_ < kSteady;
  quick_deaths_ = quick ? quick_deaths_ + 1 : 1;
  const auto pause = kShortestPause * (1U << std::min(quick_deaths_ - 1, 6));
  start_again_at_ = now + std::min<std::chrono::seconds>(pause, kLongestPause);
}

NetbootState RestartPolicy::state() const {
  if (!ever_started_) return NetbootState::kOff;
  if (running_) return NetbootState::kRunning;
  return quick_deaths_ >= kFailedAfter ? NetbootState::kFailed : NetbootState::kRestarting;
}

}  // namespace resus::netboot
