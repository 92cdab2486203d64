#include "firmware/agent/service.hpp"

#include "firmware/agent/screen.hpp"
#include "firmware/agent/target.hpp"
#include "hw/log.hpp"

namespace resus::agent {

namespace {
constexpr std::chrono::seconds kReportEvery{1};
constexpr unsigned kTicksBetweenBeeps = 6;

/// Before that the depot takes no log; the lines wait here.
bool approved(const messages::Task& task) { return !task.phase.empty() && task.phase != "awaiting_approval"; }
}  // namespace

void Service::hear(const messages::Task& task, unsigned asked_in) {
  {
    const std::scoped_lock lock(mutex_);
    plan_.heard(task, asked_in);
  }
  setup_.tools.status.set_task(task);
  changed_.notify_all();
}

hw::Result<void> Service::talk_once() {
  auto& tools = setup_.tools;
  std::unique_lock lock(mutex_);
  const bool enrolled = plan_.enrolled();
  const auto seen = plan_.seen();
  const auto epoch = plan_.epoch();
  lock.unlock();
  if (enrolled) {
    RESUS_TRY(const auto task, tools.api.task(seen, setup_.poll));
    hear(task, epoch);
    return hw::success();
  }
  setup_.identity.time = hw::to_rfc3339(tools.clock.now());
  RESUS_TRY(const auto reply, tools.api.enrol(setup_.identity));
  hw::log(hw::LogLevel::kInfo, "agent", "enrolled as " + reply.machine_id);
  // Empty once the machine is approved: there is nothing to compare any more.
  const bool differs = !reply.short_code.empty() && reply.short_code != setup_.short_code;
  if (differs) hw::log(hw::LogLevel::kError, "agent", "the depot computed another code than this screen shows: do not approve");
  tools.status.set_machine(reply.machine_id, setup_.short_code);
  lock.lock();
  setup_.memory.machine_id = reply.machine_id;
  plan_.enrolled_as(reply);
  return hw::success();
}

void Service::talk(const std::stop_token& stop) {
  imaging::RetryPlan retry;
  bool troubled = false;
  while (!stop.stop_requested()) {
    const auto outcome = talk_once();
    setup_.tools.status.set_contact(outcome.has_value());
    if (outcome) {
      retry = imaging::RetryPlan();
      if (troubled) setup_.tools.status.set_trouble(std::nullopt);
      troubled = false;
      continue;
    }
    auto error = outcome.error();
    if (stop.stop_requested()) return;
    if (!troubled) hw::log(hw::LogLevel::kWarning, "agent", error.to_string());
    if (error.code != hw::Code::kNetwork) setup_.tools.status.set_trouble(error);
    troubled = true;
    {
      const std::scoped_lock lock(mutex_);
      plan_.not_heard(error);
    }
    error.permanent = false;  // there is nobody else to talk to: go on for ever
    if (!setup_.tools.pause(retry.after(error).value_or(std::chrono::seconds(1)), stop)) return;
  }
}

void Service::ask_again() {
  std::unique_lock lock(mutex_);
  const auto epoch = plan_.epoch();
  lock.unlock();
  const auto task = setup_.tools.api.task("", std::chrono::seconds(0));
  if (task) hear(task.value(), epoch);
}

void Service::do_work(const messages::Task& task, const std::stop_token& work_stop, const std::stop_token& stop) {
  auto& tools = setup_.tools;
  const auto name = std::string(to_string(task.task));
  hw::log(hw::LogLevel::kInfo, "agent", name + " begins, attempt " + std::to_string(task.attempt));
  const auto outcome = setup_.work(task, work_stop);
  tools.status.end_stage();
  hw::log(outcome ? hw::LogLevel::kInfo : hw::LogLevel::kWarning, "agent",
          name + (outcome ? " is done" : " ended: " + outcome.error().to_string()));
  AgentPlan::AfterWork after;
  {
    const std::scoped_lock lock(mutex_);
    after = plan_.ended(outcome);
  }
  if (after.trouble) {
    tools.status.set_trouble(outcome.error());
    const auto told = patiently(tools, stop, [&] { return tools.api.trouble(*after.trouble); });
    if (!told) hw::log(hw::LogLevel::kWarning, "agent", "the depot did not take the trouble: " + told.error().to_string());
  }
  if (tools.pause(after.pause, stop)) ask_again();
}

void Service::send_progress(const Snapshot& now) {
  if (now.stage.empty()) return;
  const messages::Progress progress{.attempt = now.task.attempt, .stage = now.stage, .done = now.done, .total = now.total, .bps = now.bps};
  const auto reply = setup_.tools.api.progress(progress);
  if (!reply || !reply.value().cancel) return;
  const std::scoped_lock lock(mutex_);
  worker_.request_stop();
}

void Service::send_log() {
  auto lines = setup_.tools.status.take_log();
  if (lines.empty()) return;
  messages::LogBatch batch{.lines = std::move(lines)};
  const auto sent = setup_.tools.api.log(batch);
  const bool later = !sent && (!sent.error().permanent || sent.error().code == hw::Code::kNotApproved);
  if (later) setup_.tools.status.give_back(std::move(batch.lines));
}

void Service::report(const std::stop_token& stop) {
  while (setup_.tools.pause(kReportEvery, stop)) {
    const auto now = setup_.tools.status.snapshot();
    if (!now.contact) continue;
    send_progress(now);
    if (approved(now.task)) send_log();
  }
}

bool Service::act(const std::stop_token& stop) {
  const std::scoped_lock lock(mutex_);
  const auto step = plan_.next();
  if (step.what == AgentPlan::Do::kCancel) worker_.request_stop();
  if (worker_busy_) return false;
  if (step.what == AgentPlan::Do::kReboot) return true;
  if (step.what != AgentPlan::Do::kStart) return false;
  plan_.started(step.task);
  worker_busy_ = true;
  setup_.tools.status.set_trouble(std::nullopt);
  worker_ = std::jthread([this, task = step.task, stop](const std::stop_token& work_stop) {
    do_work(task, work_stop, stop);
    worker_busy_ = false;
    changed_.notify_all();
  });
  return false;
}

void Service::show() {
  const auto now = setup_.tools.status.snapshot();
  auto screen = render_screen(now);
  if (screen != last_screen_) setup_.console.screen(screen);
  last_screen_ = std::move(screen);
  // A line for every whole percent and every change of the sentence.
  auto line = render_line(now);
  if (line != last_line_) setup_.console.line(line);
  last_line_ = std::move(line);
  ++ticks_;
  if (now.task.locate) {
    setup_.console.keyboard_lights(ticks_ % 2 == 0);
    if (ticks_ % kTicksBetweenBeeps == 0) setup_.tools.host.beep();
  } else if (ticks_ % kTicksBetweenBeeps == 0) {
    setup_.console.keyboard_lights(false);
  }
}

bool Service::run(const std::stop_token& stop) {
  std::stop_source inner;
  const std::stop_callback forward(stop, [&] { inner.request_stop(); });
  std::jthread talker([this, token = inner.get_token()] { talk(token); });
  std::jthread reporter([this, token = inner.get_token()] { report(token); });
  bool reboot = false;
  while (!stop.stop_requested() && !reboot) {
    setup_.beat();
    show();
    reboot = act(inner.get_token());
    std::unique_lock lock(mutex_);
    if (!reboot) changed_.wait_for(lock, setup_.tick);
  }
  inner.request_stop();
  std::unique_lock lock(mutex_);
  auto worker = std::move(worker_);  // the reporter may be about to stop it as well
  lock.unlock();
  worker.request_stop();
  if (reboot) send_log();
  setup_.tools.api.cancel();
  return reboot;  // waits for the threads
}

}  // namespace resus::agent
