#pragma once
// Process 1 of the boot image: small, and never ends.
#include <functional>
#include <optional>
#include <set>
#include <string>

#include "firmware/init/disk_guard.hpp"
#include "firmware/init/heart.hpp"
#include "firmware/init/network.hpp"
#include "hw/host_control.hpp"

namespace resus::firmware {

/// What init needs of the machine; main.cpp gives the real ones.
struct InitTools {
  hw::HostControl& host;
  hw::Processes& processes;
  hw::FileSystem& files;
  hw::DiskAccess& disks;
  hw::MachineInspector& inspector;
};

/// Mounts, write-blocks, brings the network up, keeps the agent running. tick() about twice a second.
///
/// Order matters: drivers are loaded and every disk is write-blocked before the agent starts, and the agent starts
/// only while every disk is blocked.
/// Threads: one.
class Init {
 public:
  using Time = std::chrono::steady_clock::time_point;
  /// Loads drivers of new devices; called now and then.
  using ColdPlug = std::function<void()>;
  /// Age of the agent's last beat; nothing before the first.
  using HeartbeatAge = std::function<std::optional<std::chrono::milliseconds>()>;
  using Say = std::function<void(const std::string& line, bool agent_has_screen)>;

  Init(InitTools tools, std::string boot_mac, std::string depot, ColdPlug cold_plug, HeartbeatAge heartbeat, Say say);

  void tick(Time now);
  /// Processes init started and wants the end of.
  [[nodiscard]] std::set<int> process_ids() const;

 private:
  void guard_disks(Time now);
  void supervise(Time now);
  void start_agent(Time now);
  void end_agent(Time now, const std::string& why);
  void show_status();

  InitTools tools_;
  DiskGuard guard_;
  Network network_;
  Heart heart_;
  std::string depot_;
  ColdPlug cold_plug_;
  HeartbeatAge heartbeat_;
  Say say_;
  std::optional<Time> first_tick_, plugged_at_;
  std::optional<int> agent_;
  std::string trouble_;
  std::string shown_;
};

}  // namespace resus::firmware
