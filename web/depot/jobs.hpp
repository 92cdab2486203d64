#pragma once
// Runs the jobs: one thread for the queue, so that checks and imports never stand in the way of agents.
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>

#include "hw/clock.hpp"
#include "web/depot/job_board.hpp"

namespace resus::depot {

/// Who asks for a job; for one of an earlier run that goes on, also which.
struct JobAsker {
  std::string name;
  std::string job = {};
  std::string since = {};  ///< when it was asked for first, RFC 3339
};

class Jobs;

/// A running job as its work sees it. Threads: one. Must not outlive the Jobs.
class JobControl {
 public:
  JobControl(Jobs& jobs, std::string id, std::stop_token stop) : jobs_(jobs), id_(std::move(id)), stop_(std::move(stop)) {}
  [[nodiscard]] const std::string& id() const { return id_; }
  /// Asked for when somebody cancels, or the depot stops.
  [[nodiscard]] const std::stop_token& stop() const { return stop_; }
  void progress(std::uint64_t done, std::uint64_t total) const;
  /// For a job beside the queue; one of the queue ends with what its work returns.
  void end(Result<boost::json::object> outcome) const;

 private:
  Jobs& jobs_;
  std::string id_;
  std::stop_token stop_;
};

/// Threads: any. `clock` outlives the object.
class Jobs {
 public:
  /// Returns the result, or why there is none; kCancelled when it saw the stop token.
  using Work = std::function<Result<boost::json::object>(const JobControl&)>;

  /// Called with every new state of a job but its progress, under the lock: must not call back. A job that cannot be kept
  /// does not begin. What ends because the depot stops is not told: the next run sees it as it was.
  using Keep = std::function<Result<void>(const Job&)>;

  explicit Jobs(const hw::Clock& clock, Keep keep = [](const Job&) { return hw::success(); });
  ~Jobs() { stop(); }
  Jobs(const Jobs&) = delete;
  Jobs& operator=(const Jobs&) = delete;

  /// Shows a job of an earlier run that has ended, as it was kept.
  void put_former(Job job);
  /// The same for one that an earlier run left unfinished and that ends now as its state says; it is kept.
  void put_ended(Job job);
  /// Runs after those that wait. Errors: kConflict when too many wait, or the depot stops; those of keeping it.
  [[nodiscard]] Result<Job> start(NewJob what, Work work);
  /// A job whose work somebody else does, at once, on a thread of his own; he calls end().
  /// Errors: kConflict when `most` of this kind run, or the depot stops.
  [[nodiscard]] Result<std::unique_ptr<JobControl>> begin_beside(NewJob what, std::size_t most);
  /// Asks it to stop; look again to see it end. Errors: kNotFound, kConflict when it has ended.
  [[nodiscard]] Result<Job> cancel(const std::string& id);
  /// Errors: kNotFound.
  [[nodiscard]] Result<Job> find(const std::string& id) const;
  /// Newest first.
  [[nodiscard]] std::vector<Job> list() const;
  /// Cancels everything, waits for the queue's thread. Those beside the queue are their owners' to wait for.
  void stop();

 private:
  friend class JobControl;
  void run(const std::stop_token& stop);
  void run_one(const std::string& id, const Work& work);
  void end(const std::string& id, Result<boost::json::object> outcome);
  void keep(const std::string& id);
  [[nodiscard]] std::string now() const { return hw::to_rfc3339(clock_.now()); }

  const hw::Clock& clock_;
  const Keep keep_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  JobBoard board_;
  std::map<std::string, Work> waiting_;
  std::map<std::string, std::stop_source> stops_;  ///< of those that have not ended
  bool stopped_ = false;
  std::jthread thread_;
};

}  // namespace resus::depot
