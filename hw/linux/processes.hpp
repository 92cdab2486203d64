#pragma once
#include <memory>
#include <mutex>
#include <set>

#include "hw/process.hpp"

namespace resus::hw {

/// Programs run with a fixed environment (PATH of the system, LC_ALL=C.UTF-8, so that what they print
/// does not depend on who started us), all signals at their defaults and no descriptor of ours.
/// What start() left running is told to end (SIGTERM) when this object or the whole process ends, also
/// when the process is killed: unless it has changed its user, which clears that signal (see end_leftover()).
/// Errors of run() besides: kProcess when a program prints more than max_output_bytes to its standard
/// output (half an answer is none); standard error is cut off there.
/// Threads: any.
class LinuxProcesses : public Processes {
 public:
  LinuxProcesses();
  LinuxProcesses(const LinuxProcesses&) = delete;
  LinuxProcesses& operator=(const LinuxProcesses&) = delete;
  ~LinuxProcesses() override;

  [[nodiscard]] Result<CommandOutput> run(const Command& command) override;
  [[nodiscard]] Result<CommandOutput> run_confined(const Command& command, const Confinement& confinement) override;
  [[nodiscard]] Result<int> start(const std::vector<std::string>& argv, const std::string& log_path) override;
  [[nodiscard]] bool alive(int pid) override;
  void stop(int pid, std::chrono::milliseconds grace) override;
  bool end_leftover(int pid, const std::vector<std::string>& argv, std::chrono::milliseconds grace) override;

 private:
  class Spawner;
  std::mutex mutex_;
  std::unique_ptr<Spawner> spawner_;  ///< made by the first start()
  std::set<int> children_;
};

}  // namespace resus::hw
