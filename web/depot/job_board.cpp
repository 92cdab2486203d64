#include "web/depot/job_board.hpp"

#include <algorithm>
#include <array>

#include "web/depot/job_result.hpp"

namespace resus::depot {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 6> kStates = {"waiting", "running", "done", "failed", "cancelled", "interrupted"};

json::value time_or_null(const std::string& time) { return time.empty() ? json::value(nullptr) : json::value(time); }

json::value problem_of(const std::optional<hw::Error>& error) {
  if (!error) return nullptr;
  const auto& row = hw::info(error->code);
  return json::object{{"code", row.id}, {"title", row.what_happened}, {"detail", error->context},
                      {"safe", row.what_is_safe}, {"next_action", row.next_action}};
}

template <class Entries>
auto* with_id(Entries& entries, const std::string& id) {
  const auto found = std::ranges::find_if(entries, [&](const auto& e) { return e.job.id == id; });
  return found == entries.end() ? nullptr : &*found;
}

}  // namespace

std::string_view to_string(JobState state) { return kStates[static_cast<std::size_t>(state)]; }

const JobBoard::Entry* JobBoard::entry(const std::string& id) const { return with_id(entries_, id); }
JobBoard::Entry* JobBoard::entry(const std::string& id) { return with_id(entries_, id); }

Result<Job> JobBoard::add(std::string id, NewJob what, const std::string& now) {
  const auto waiting = std::ranges::count_if(entries_, [](const Entry& e) { return e.job.state == JobState::kWaiting; });
  if (static_cast<std::size_t>(waiting) >= kMostWaiting) {
    return hw::fail(hw::Code::kConflict, std::to_string(waiting) + " jobs wait already; let some of them end, or cancel one");
  }
  const auto created = what.since.empty() ? now : what.since;
  Job job{.id = std::move(id), .what = std::move(what), .created_at = created, .started_at = {}, .finished_at = {}, .result = {}, .error = {}};
  return entries_.emplace_back(Entry{std::move(job), false}).job;
}

void JobBoard::put_ended(Job job) {
  entries_.push_back({std::move(job), false});
  forget_old();
}

Result<Job> JobBoard::add_beside(std::string id, NewJob what, std::size_t most, const std::string& now) {
  const auto running = std::ranges::count_if(entries_, [&](const Entry& e) { return e.beside && !e.job.ended() && e.job.what.kind == what.kind; });
  if (static_cast<std::size_t>(running) >= most) {
    return hw::fail(hw::Code::kConflict, std::to_string(running) + " " + what.kind + " jobs run already; wait until one has ended");
  }
  Job job{.id = std::move(id), .what = std::move(what), .state = JobState::kRunning, .created_at = now, .started_at = now,
          .finished_at = {}, .result = {}, .error = {}};
  return entries_.emplace_back(Entry{std::move(job), true}).job;
}

std::optional<std::string> JobBoard::begin_next(const std::string& now) {
  for (auto& [job, beside] : entries_) {
    if (!beside && job.state == JobState::kRunning) return std::nullopt;
  }
  const auto first = std::ranges::find_if(entries_, [](const Entry& e) { return e.job.state == JobState::kWaiting; });
  if (first == entries_.end()) return std::nullopt;
  first->job.state = JobState::kRunning;
  first->job.started_at = now;
  return first->job.id;
}

void JobBoard::drop(const std::string& id) {
  std::erase_if(entries_, [&](const Entry& e) { return e.job.id == id; });
}

void JobBoard::progress(const std::string& id, std::uint64_t done, std::uint64_t total) {
  auto* found = entry(id);
  if (found == nullptr || found->job.state != JobState::kRunning) return;
  found->job.done = done;
  found->job.total = total;
}

void JobBoard::end(const std::string& id, Result<json::object> outcome, const std::string& now) {
  auto* found = entry(id);
  if (found == nullptr || found->job.ended()) return;
  auto& job = found->job;
  job.finished_at = now;
  if (outcome) {
    job.state = JobState::kDone;
    job.done = job.total;  // the last report of progress may lie before the end
    job.result = std::move(outcome).value();
    job.what.request = {};  // it cannot be retried, and a search for a file is long
    shorten_old();
  } else {
    job.error = std::move(outcome).error();
    job.state = job.error->code == hw::Code::kCancelled ? JobState::kCancelled : JobState::kFailed;
  }
  forget_old();
}

Result<Job> JobBoard::cancel(const std::string& id, const std::string& now) {
  auto* found = entry(id);
  if (found == nullptr) return hw::fail(hw::Code::kNotFound, "there is no job " + id);
  if (found->job.ended()) return hw::fail(hw::Code::kConflict, "job " + id + " has ended: " + std::string(to_string(found->job.state)));
  if (found->job.state == JobState::kRunning) return found->job;
  auto& job = found->job;
  job.state = JobState::kCancelled;
  job.error = hw::make_error(hw::Code::kCancelled, "cancelled before it began");
  job.finished_at = now;
  const Job cancelled = job;
  forget_old();
  return cancelled;
}

Result<Job> JobBoard::find(const std::string& id) const {
  const auto* found = entry(id);
  if (found == nullptr) return hw::fail(hw::Code::kNotFound, "there is no job " + id + "; the last " + std::to_string(kMostEnded) + " that ended are kept");
  return found->job;
}

std::vector<Job> JobBoard::list() const {
  std::vector<Job> jobs;
  for (auto at = entries_.rbegin(); at != entries_.rend(); ++at) jobs.push_back(at->job);
  return jobs;
}

void JobBoard::forget_old() {
  auto ended = static_cast<std::size_t>(std::ranges::count_if(entries_, [](const Entry& e) { return e.job.ended(); }));
  for (auto at = entries_.begin(); ended > kMostEnded && at != entries_.end();) {
    if (!at->job.ended()) {
      ++at;
      continue;
    }
    at = entries_.erase(at);
    --ended;
  }
}

void JobBoard::shorten_old() {
  std::size_t newer = 0;
  for (auto at = entries_.rbegin(); at != entries_.rend(); ++at) {
    if (at->job.result.empty()) continue;
    if (++newer > kMostWhole) shorten(at->job.result, kMostKeptEntries);
  }
}

json::object job_object(const Job& job) {
  return {{"id", job.id},
          {"kind", job.what.kind},
          {"subject", job.what.subject},
          {"actor", job.what.actor},
          {"state", to_string(job.state)},
          {"done", job.done},
          {"total", job.total},
          {"unit", job.what.unit},
          {"created_at", time_or_null(job.created_at)},
          {"started_at", time_or_null(job.started_at)},
          {"finished_at", time_or_null(job.finished_at)},
          {"retry", job.can_be_retried()},
          {"result", job.state == JobState::kDone ? json::value(job.result) : json::value(nullptr)},
          {"problem", problem_of(job.error)}};
}

}  // namespace resus::depot
