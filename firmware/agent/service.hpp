#pragma once
// The threads around the plan: one talks with the depot, one works, one reports, and the caller's keeps the
// heart beating and the screen fresh.
#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "firmware/agent/plan.hpp"
#include "firmware/agent/tools.hpp"
#include "hw/console.hpp"

namespace resus::agent {

struct ServiceSetup {
  Tools& tools;
  BootMemory& memory;
  hw::Console& console;
  messages::EnrolRequest identity;
  std::string short_code;
  /// Does one piece of work; see work.hpp.
  std::function<hw::Result<void>(const messages::Task&, const std::stop_token&)> work;
  /// Shows the process above that this one lives. Called about once a second.
  std::function<void()> beat;
  std::chrono::milliseconds tick{500};
  std::chrono::seconds poll{10};  ///< below the time after which the depot calls a machine quiet
};

/// Threads: run() from one; the others are its own and end with it.
class Service {
 public:
  explicit Service(ServiceSetup setup) : setup_(std::move(setup)) {}
  /// Returns when the depot wants the machine to restart (true) or stop was asked for (false).
  [[nodiscard]] bool run(const std::stop_token& stop);

 private:
  void talk(const std::stop_token& stop);
  [[nodiscard]] hw::Result<void> talk_once();
  void report(const std::stop_token& stop);
  void send_progress(const Snapshot& now);
  void send_log();
  void do_work(const messages::Task& task, const std::stop_token& work_stop, const std::stop_token& stop);
  void ask_again();
  [[nodiscard]] bool act(const std::stop_token& stop);
  void show();
  void hear(const messages::Task& task, unsigned asked_in);

  ServiceSetup setup_;
  std::mutex mutex_;  ///< guards plan_ and worker_
  std::condition_variable_any changed_;
  AgentPlan plan_;
  std::atomic<bool> worker_busy_{false};
  std::jthread worker_;
  std::string last_line_, last_screen_;
  unsigned ticks_ = 0;
};

}  // namespace resus::agent
