#pragma once
// What the machine's console and status page say: one truth, gathered from everything the agent does.
#include <chrono>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "hw/clock.hpp"
#include "imaging/progress.hpp"
#include "web/messages/task.hpp"

namespace resus::agent {

struct Snapshot {
  std::string machine_id, short_code, build, address, depot;
  messages::Task task;
  bool contact = false;          ///< the depot answered the last call
  std::string stage;             ///< "copy", "check", "install", "restore"; empty when nothing runs
  std::uint64_t done = 0, total = 0, bps = 0;
  std::string paused;            ///< why the work waits, empty when it runs
  std::string disk;              ///< "QEMU HARDDISK, serial S1, 8.0 GB"
  std::optional<hw::Error> trouble;
  std::vector<std::string> log;  ///< the last lines, oldest first
};

/// What stands in the way: found here or, when nothing was, what the depot says (its words are the task's sentence).
[[nodiscard]] std::optional<hw::Error> trouble_of(const Snapshot& snapshot);

/// Threads: any.
class Status {
 public:
  explicit Status(const hw::Clock& clock) : clock_(clock) {}
  [[nodiscard]] Snapshot snapshot() const;

  void set_machine(const std::string& machine_id, const std::string& short_code);
  void set_surroundings(const std::string& address, const std::string& depot);
  void set_task(const messages::Task& task);
  void set_contact(bool contact);
  void set_disk(const std::string& text);
  void set_trouble(std::optional<hw::Error> error);
  /// Begins a stage; its speed counts from here.
  void begin_stage(const std::string& stage, std::uint64_t total);
  void set_progress(std::uint64_t done, std::uint64_t total);
  void set_paused(const std::string& reason);
  void end_stage();

  /// Lines for the depot's log since the last call, at most messages::kMaxLogLines.
  [[nodiscard]] std::vector<messages::LogLine> take_log();
  /// Puts lines back that could not be sent.
  void give_back(std::vector<messages::LogLine> lines);
  void add_log(std::string_view level, std::string_view text);

 private:
  const hw::Clock& clock_;
  mutable std::mutex mutex_;
  Snapshot now_;
  std::chrono::steady_clock::time_point window_start_;
  std::uint64_t window_done_ = 0;
  std::deque<std::string> tail_;
  std::deque<messages::LogLine> unsent_;
};

/// Puts an imaging run's progress into a Status.
class StatusProgress final : public imaging::ProgressSink {
 public:
  explicit StatusProgress(Status& status) : status_(status) {}
  void progress(const imaging::Progress& progress) override;
  void paused(const hw::Error& reason, std::chrono::milliseconds wait) override;

 private:
  Status& status_;
};

}  // namespace resus::agent
