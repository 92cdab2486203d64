#include "firmware/agent/plan.hpp"

#include <algorithm>

namespace resus::agent {

namespace {

using hw::Code;
using messages::TaskKind;

bool is_work(TaskKind kind) {
  return kind == TaskKind::kAcquire || kind == TaskKind::kDeploy || kind == TaskKind::kRestore;
}

}  // namespace

bool needs_a_person(const hw::Error& error) {
  switch (error.code) {
    case Code::kNetwork:
    case Code::kSpace:
    case Code::kCancelled:
    case Code::kNotFound:            // a depot that was started again does not know the acquisition
    case Code::kConflict:            // the depot has moved on
    case Code::kNotApproved:
    case Code::kIdentity:
    case Code::kUnauthorized:
    case Code::kProtocol:
    case Code::kEvidenceIncomplete:  // the permit is not signed yet
    case Code::kEvidenceDamaged:     // the depot saw the mismatch itself and says what follows
    case Code::kPermitExpired:       // the next one is fresh
    case Code::kInternal: return false;
    default: return true;
  }
}

void AgentPlan::enrolled_as(const messages::EnrolReply&) {
  enrolled_ = true;
  latest_.task_id.clear();
}

void AgentPlan::heard(const messages::Task& task, unsigned asked_in) {
  if (asked_in != epoch_) return;
  if (task.task_id != failed_task_) failed_task_.clear();
  latest_ = task;
  fresh_ = true;
}

void AgentPlan::not_heard(const hw::Error& error) {
  const bool unknown = error.code == Code::kNotApproved || error.code == Code::kIdentity ||
                       error.code == Code::kUnauthorized || error.code == Code::kNotFound;
  if (unknown) enrolled_ = false;
}

void AgentPlan::started(const messages::Task& task) { running_ = task; }

AgentPlan::AfterWork AgentPlan::ended(const hw::Result<void>& outcome) {
  const auto work = running_.value_or(messages::Task{});
  running_.reset();
  fresh_ = false;
  ++epoch_;
  latest_.task_id.clear();
  if (outcome) {
    failures_ = 0;
    last_failure_.reset();
    return {};
  }
  const auto& error = outcome.error();
  if (error.code == Code::kCancelled) return {};
  failures_ = last_failure_ == error.code ? failures_ + 1 : 1;
  last_failure_ = error.code;
  if (!needs_a_person(error) && failures_ < kPatience) {
    return {.trouble = std::nullopt, .pause = std::chrono::milliseconds(250) * (1 << failures_)};
  }
  failures_ = 0;
  failed_task_ = work.task_id;
  messages::Trouble trouble{.attempt = work.attempt, .code = std::string(hw::info(error.code).id)};
  trouble.detail = error.context.substr(0, 4000);
  trouble.params = {{"task", std::string(to_string(work.task))}};
  return {.trouble = std::move(trouble), .pause = std::chrono::milliseconds(0)};
}

bool AgentPlan::called_off() const {
  if (!running_ || !fresh_) return false;
  const bool other = latest_.attempt != running_->attempt || latest_.disk != running_->disk || latest_.image_id != running_->image_id;
  const bool stopped = latest_.task == TaskKind::kStop || latest_.condition == "held" || latest_.condition == "failed";
  const bool sent_back = is_work(latest_.task) && latest_.task < running_->task;
  return other || stopped || sent_back;
}

AgentPlan::Step AgentPlan::next() const {
  if (running_) return {.what = called_off() ? Do::kCancel : Do::kRest};
  if (!enrolled_ || !fresh_) return {};
  if (latest_.task == TaskKind::kReboot) return {.what = Do::kReboot, .task = latest_};
  const bool may = is_work(latest_.task) && latest_.task_id != failed_task_;
  return {.what = may ? Do::kStart : Do::kRest, .task = latest_};
}

}  // namespace resus::agent
