#pragma once
// Helper programs with recorded outputs.
#include <algorithm>
#include <map>
#include <set>

#include "hw/process.hpp"

namespace resus::test {

/// Answers run() from what was recorded for the longest matching beginning of argv. A command nobody
/// recorded is an Error, so that a test notices a program it did not expect. Threads: one.
class FakeProcesses : public hw::Processes {
 public:
  void record(std::vector<std::string> argv_beginning, hw::CommandOutput output) {
    recorded_[std::move(argv_beginning)] = std::move(output);
  }
  void record_failure(std::vector<std::string> argv_beginning, hw::Error error) {
    failures_.insert_or_assign(std::move(argv_beginning), std::move(error));
  }

  [[nodiscard]] hw::Result<hw::CommandOutput> run(const hw::Command& command) override {
    commands.push_back(command);
    for (std::size_t words = command.argv.size(); words > 0; --words) {
      const std::vector<std::string> beginning(command.argv.begin(),
                                               command.argv.begin() + static_cast<std::ptrdiff_t>(words));
      if (const auto failed = failures_.find(beginning); failed != failures_.end()) {
        return hw::failure(failed->second);
      }
      if (const auto found = recorded_.find(beginning); found != recorded_.end()) return found->second;
    }
    return hw::fail(hw::Code::kProcess, "nothing recorded for " + command.argv.at(0));
  }

  /// As run(); what it was confined to stands in `confinements`.
  [[nodiscard]] hw::Result<hw::CommandOutput> run_confined(const hw::Command& command, const hw::Confinement& confinement) override {
    confinements.push_back(confinement);
    return run(command);
  }

  [[nodiscard]] hw::Result<int> start(const std::vector<std::string>& argv, const std::string&) override {
    if (refuse_start) return hw::fail(hw::Code::kProcess, "start " + argv.at(0));
    started.push_back(argv);
    running_.insert(next_pid_);
    return next_pid_++;
  }
  [[nodiscard]] bool alive(int pid) override { return running_.contains(pid); }
  void stop(int pid, std::chrono::milliseconds) override {
    running_.erase(pid);
    stopped.push_back(pid);
  }

  bool end_leftover(int pid, const std::vector<std::string>& argv, std::chrono::milliseconds) override {
    const auto left = leftovers.find(pid);
    if (left == leftovers.end() || left->second != argv) return false;
    leftovers.erase(left);
    return true;
  }

  /// The started program ends by itself.
  void die(int pid) { running_.erase(pid); }
  [[nodiscard]] std::size_t running() const { return running_.size(); }

  std::vector<hw::Command> commands;              ///< what run() was asked for, in order
  std::vector<hw::Confinement> confinements;      ///< of run_confined(), in order
  std::vector<std::vector<std::string>> started;  ///< what start() was asked for, in order
  std::vector<int> stopped;
  std::map<int, std::vector<std::string>> leftovers;  ///< what runs by now under these numbers, not started here
  bool refuse_start = false;

 private:
  std::map<std::vector<std::string>, hw::CommandOutput> recorded_;
  std::map<std::vector<std::string>, hw::Error> failures_;
  std::set<int> running_;
  int next_pid_ = 1000;
};

}  // namespace resus::test
