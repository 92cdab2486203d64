#pragma once
// Long work on the store, as people see it: what waits, what works, how it ended. web/API.md, "Images, evidence, …".
#include <boost/json.hpp>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hw/result.hpp"

namespace resus::depot {

using hw::Result;

/// kInterrupted: the depot stopped before it had ended.
enum class JobState { kWaiting, kRunning, kDone, kFailed, kCancelled, kInterrupted };
[[nodiscard]] std::string_view to_string(JobState state);

/// What is asked for.
struct NewJob {
  std::string kind;     ///< "image.import", "evidence.verify" …
  std::string subject;  ///< what it works on: an evidence id, an image's name
  std::string actor;    ///< who asked
  std::string unit = "bytes";
  boost::json::object request = {};  ///< from which it can be begun again; empty where it cannot: an export needs its receiver
  std::string id = {};               ///< of a job of an earlier run that goes on; empty: a new one
  std::string since = {};            ///< when that one was asked for, RFC 3339
};

struct Job {
  std::string id;
  NewJob what;
  JobState state = JobState::kWaiting;
  std::uint64_t done = 0, total = 0;  ///< in what.unit; total 0: not known yet
  std::string created_at, started_at, finished_at;  ///< RFC 3339, empty: not yet
  boost::json::object result;                       ///< when kDone
  std::optional<hw::Error> error;                   ///< when kFailed, kCancelled or kInterrupted
  [[nodiscard]] bool ended() const { return state != JobState::kWaiting && state != JobState::kRunning; }
  /// It did not succeed, and what was asked for is known; of a custody check and a scrub that is nothing.
  [[nodiscard]] bool can_be_retried() const {
    return ended() && state != JobState::kDone && (!what.request.empty() || what.kind == "custody.verify" || what.kind == "store.scrub");
  }
};

/// Decides what runs when and keeps how it ended. One job of the queue runs at a time; jobs beside the queue run at once.
/// Sans-I/O: no thread, no clock. Times are RFC 3339 texts of the caller. Threads: one; Jobs guards it.
class JobBoard {
 public:
  static constexpr std::size_t kMostWaiting = 32;
  static constexpr std::size_t kMostEnded = 200;  ///< the oldest that ended are forgotten beyond this
  static constexpr std::size_t kMostWhole = 4;    ///< results; in older ones lists are shortened to kMostKeptEntries

  /// At the end of the queue. Errors: kConflict when kMostWaiting wait.
  [[nodiscard]] Result<Job> add(std::string id, NewJob what, const std::string& now);
  /// One that has ended, perhaps in an earlier run.
  void put_ended(Job job);
  /// Running at once. Errors: kConflict when `most` of this kind run.
  [[nodiscard]] Result<Job> add_beside(std::string id, NewJob what, std::size_t most, const std::string& now);
  /// The job that begins now; nothing while another of the queue runs or none waits.
  [[nodiscard]] std::optional<std::string> begin_next(const std::string& now);
  /// As if it had never been added.
  void drop(const std::string& id);
  void progress(const std::string& id, std::uint64_t done, std::uint64_t total);
  /// kCancelled makes it cancelled, any other error failed.
  void end(const std::string& id, Result<boost::json::object> outcome, const std::string& now);
  /// One that waits ends at once; one that runs is the caller's to stop. Errors: kNotFound, kConflict when it has ended.
  [[nodiscard]] Result<Job> cancel(const std::string& id, const std::string& now);
  /// Errors: kNotFound.
  [[nodiscard]] Result<Job> find(const std::string& id) const;
  /// Newest first.
  [[nodiscard]] std::vector<Job> list() const;

 private:
  struct Entry {
    Job job;
    bool beside = false;
  };
  [[nodiscard]] const Entry* entry(const std::string& id) const;
  [[nodiscard]] Entry* entry(const std::string& id);
  void forget_old();
  void shorten_old();
  std::deque<Entry> entries_;  ///< oldest first
};

[[nodiscard]] boost::json::object job_object(const Job& job);

}  // namespace resus::depot
