#include "web/depot/jobs.hpp"

#include <exception>

#include "hw/log.hpp"
#include "web/depot/secrets.hpp"

namespace resus::depot {
namespace {

std::string new_id() { return "job-" + random_hex(6); }

hw::Error stopping() { return hw::make_error(hw::Code::kConflict, "the depot is stopping; ask again when it is back"); }

}  // namespace

void JobControl::progress(std::uint64_t done, std::uint64_t total) const {
  const std::lock_guard lock(jobs_.mutex_);
  jobs_.board_.progress(id_, done, total);
}

void JobControl::end(Result<boost::json::object> outcome) const { jobs_.end(id_, std::move(outcome)); }

Jobs::Jobs(const hw::Clock& clock, Keep keep)
    : clock_(clock), keep_(std::move(keep)), thread_([this](const std::stop_token& stop) { run(stop); }) {}

Result<Job> Jobs::start(NewJob what, Work work) {
  const std::lock_guard lock(mutex_);
  if (stopped_) return hw::failure(stopping());
  const auto id = what.id.empty() ? new_id() : what.id;
  RESUS_TRY(auto job, board_.add(id, std::move(what), now()));
  if (auto kept = keep_(job); !kept) {
    board_.drop(id);
    return hw::failure(std::move(kept).error());
  }
  waiting_.emplace(job.id, std::move(work));
  stops_.emplace(job.id, std::stop_source());
  changed_.notify_all();
  return job;
}

Result<std::unique_ptr<JobControl>> Jobs::begin_beside(NewJob what, std::size_t most) {
  const std::lock_guard lock(mutex_);
  if (stopped_) return hw::failure(stopping());
  RESUS_TRY(const auto job, board_.add_beside(new_id(), std::move(what), most, now()));
  if (auto kept = keep_(job); !kept) {
    board_.drop(job.id);
    return hw::failure(std::move(kept).error());
  }
  const auto source = stops_.emplace(job.id, std::stop_source()).first;
  return std::make_unique<JobControl>(*this, job.id, source->second.get_token());
}

void Jobs::put_former(Job job) {
  const std::lock_guard lock(mutex_);
  board_.put_ended(std::move(job));
}

void Jobs::put_ended(Job job) {
  const std::lock_guard lock(mutex_);
  job.finished_at = now();
  const auto id = job.id;
  board_.put_ended(std::move(job));
  keep(id);
}

void Jobs::keep(const std::string& id) {
  const auto job = board_.find(id);
  if (!job) return;
  if (auto kept = keep_(job.value()); !kept) hw::log(hw::LogLevel::kWarning, "depot", id + " is not kept: " + kept.error().to_string());
}

Result<Job> Jobs::cancel(const std::string& id) {
  std::stop_source source(std::nostopstate);
  Result<Job> job = [&]() -> Result<Job> {
    const std::lock_guard lock(mutex_);
    RESUS_TRY(auto cancelled, board_.cancel(id, now()));
    if (cancelled.ended()) {
      waiting_.erase(id);
      stops_.erase(id);
      keep(id);
    } else {
      source = stops_.at(id);
    }
    return cancelled;
  }();
  source.request_stop();  // without the lock: what is called back may ask for the job
  return job;
}

Result<Job> Jobs::find(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  return board_.find(id);
}

std::vector<Job> Jobs::list() const {
  const std::lock_guard lock(mutex_);
  return board_.list();
}

void Jobs::end(const std::string& id, Result<boost::json::object> outcome) {
  if (!outcome && outcome.error().code != hw::Code::kCancelled) {
    hw::log(hw::LogLevel::kWarning, "depot", id + ": " + outcome.error().to_string());
  }
  const std::lock_guard lock(mutex_);
  const bool by_the_depot = stopped_ && !outcome && outcome.error().code == hw::Code::kCancelled;
  board_.end(id, std::move(outcome), now());
  stops_.erase(id);
  if (!by_the_depot) keep(id);
}

void Jobs::run(const std::stop_token& stop) {
  for (;;) {
    std::optional<std::string> id;
    Work work;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, stop, [&] { return !waiting_.empty(); });
      if (stop.stop_requested()) return;
      id = board_.begin_next(now());
      if (!id) continue;
      keep(*id);
      const auto found = waiting_.find(*id);
      work = std::move(found->second);
      waiting_.erase(found);
    }
    run_one(*id, work);
  }
}

void Jobs::run_one(const std::string& id, const Work& work) {
  std::stop_token stop;
  {
    const std::lock_guard lock(mutex_);
    stop = stops_.at(id).get_token();
  }
  try {
    end(id, work(JobControl(*this, id, stop)));
  } catch (const std::exception& bug) {
    end(id, hw::fail(hw::Code::kInternal, std::string("the work threw: ") + bug.what()));
  }
}

void Jobs::stop() {
  std::map<std::string, std::stop_source> running;
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    for (const auto& [id, work] : waiting_) {
      (void)board_.cancel(id, now());  // it waits: nothing can go wrong
      stops_.erase(id);
    }
    waiting_.clear();
    running = stops_;
  }
  for (auto& [id, source] : running) source.request_stop();
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

}  // namespace resus::depot
