#pragma once
// Keeps dnsmasq running and says how it fares.
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hw/file_system.hpp"
#include "hw/process.hpp"
#include "hw/result.hpp"

namespace resus::netboot {

enum class NetbootState : std::uint8_t { kOff, kRunning, kRestarting, kFailed };
[[nodiscard]] std::string_view to_string(NetbootState state);  ///< "off", "running", "restarting", "failed"

/// Decides when to start a program again. No process, no clock inside.
///
/// A run shorter than kSteady counts as a quick death; the pause doubles from 1 s to 60 s. After
/// kFailedAfter quick deaths in a row the state is kFailed, and it still tries every 60 s: a network
/// cable that comes back heals the room without anybody.
class RestartPolicy {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::seconds kSteady{30};
  static constexpr int kFailedAfter = 5;

  /// True when the caller should start it now.
  [[nodiscard]] bool should_start(Time now) const;
  void started(Time now);
  void ended(Time now);
  [[nodiscard]] NetbootState state() const;

 private:
  bool running_ = false;
  bool ever_started_ = false;
  int quick_deaths_ = 0;
  Time started_at_{};
  Time start_again_at_{};
};

struct NetbootHealth {
  NetbootState state = NetbootState::kOff;
  std::string detail;  ///< one line a person can use; the end of dnsmasq's log after a death
};

/// Thin shell around RestartPolicy. Threads: one; call tick() about once a second.
class DnsmasqSupervisor {
 public:
  /// @param work_directory  holds dnsmasq.conf, dnsmasq.log and dnsmasq.pid; must exist
  DnsmasqSupervisor(hw::Processes& processes, hw::FileSystem& files, std::string program,
                    std::string work_directory);
  ~DnsmasqSupervisor();
  DnsmasqSupervisor(const DnsmasqSupervisor&) = delete;
  DnsmasqSupervisor& operator=(const DnsmasqSupervisor&) = delete;

  /// Writes the configuration; dnsmasq starts with the next tick. One that a killed depot left in this work directory
  /// is ended first: it would answer with old rules. Errors: kWrite, kSpace.
  [[nodiscard]] hw::Result<void> configure(const std::string& config_text);
  void tick(RestartPolicy::Time now);
  /// Ends dnsmasq. Done by the destructor too.
  void stop();
  [[nodiscard]] NetbootHealth health() const;

 private:
  [[nodiscard]] std::string last_log_lines() const;
  void start(RestartPolicy::Time now);
  [[nodiscard]] std::vector<std::string> command() const;
  void end_leftover();
  hw::Processes& processes_;
  hw::FileSystem& files_;
  std::string program_;
  std::string work_directory_;
  RestartPolicy policy_;
  bool configured_ = false;
  std::optional<int> pid_;
  std::string trouble_;
};

}  // namespace resus::netboot
