#include "firmware/init/init.hpp"

#include "hw/log.hpp"

namespace resus::firmware {
namespace {

constexpr char kAgent[] = "/usr/bin/resus-agent";
constexpr char kAgentLog[] = "/run/resus/agent.log";
constexpr std::chrono::seconds kPlugAgain{3};       // USB disks and cards answer seconds after their bus
constexpr std::chrono::seconds kNetworkFirst{45};   // then the agent says on its screen what is missing
constexpr std::chrono::milliseconds kGrace{3000};
constexpr std::size_t kLargestLog = 8U << 20;
constexpr std::size_t kShownLog = 600;

}  // namespace

Init::Init(InitTools tools, std::string boot_mac, std::string depot, ColdPlug cold_plug, HeartbeatAge heartbeat, Say say)
    : tools_(tools),
      guard_(tools.disks),
      network_(tools.processes, tools.files, tools.inspector, std::move(boot_mac)),
      depot_(std::move(depot)),
      cold_plug_(std::move(cold_plug)),
      heartbeat_(std::move(heartbeat)),
      say_(std::move(say)) {}

void Init::tick(Time now) {
  if (!first_tick_) first_tick_ = now;
  trouble_.clear();
  guard_disks(now);
  if (auto up = network_.tick(now); !up) trouble_ = up.error().to_string();
  supervise(now);
  if (heart_.may_pet_watchdog()) {
    if (auto pet = tools_.host.pet_watchdog(); !pet && trouble_.empty()) trouble_ = pet.error().to_string();
  }
  show_status();
}

void Init::guard_disks(Time now) {
  if (!plugged_at_ || now - *plugged_at_ >= kPlugAgain) {
    plugged_at_ = now;
    cold_plug_();
  }
  if (auto blocked = guard_.check(); !blocked) {
    trouble_ = blocked.error().to_string();
    if (agent_) end_agent(now, "a disk could not be write-blocked");
  }
}

void Init::supervise(Time now) {
  if (agent_ && !tools_.processes.alive(*agent_)) end_agent(now, "it ended by itself");
  if (agent_) {
    const auto age = heartbeat_();
    if (age && *age < Heart::kSilence / 2) heart_.beat(now);
  }
  const auto advice = heart_.next(now);
  if (advice == Heart::Advice::kStop) end_agent(now, "it was silent for too long");
  const bool network_ready = network_.lease() || now - *first_tick_ > kNetworkFirst;
  if (advice == Heart::Advice::kStart && trouble_.empty() && network_ready) start_agent(now);
}

void Init::start_agent(Time now) {
  (void)!tools_.files.remove(kHeartbeatFile).has_value();  // the last agent's beat says nothing about this one
  heart_.started(now);
  auto started = tools_.processes.start({kAgent}, kAgentLog);
  if (started) {
    agent_ = started.value();
    return;
  }
  trouble_ = started.error().to_string();
  heart_.ended(now);
}

void Init::end_agent(Time now, const std::string& why) {
  tools_.processes.stop(*agent_, kGrace);
  agent_.reset();
  heart_.ended(now);
  auto log = tools_.files.read_all(kAgentLog, kLargestLog);
  std::string text = log ? std::move(log).value() : std::string();
  if (text.size() > kShownLog) text = text.substr(text.size() - kShownLog);
  say_("The agent is started again: " + why + ". Its last words:\r\n" + text, false);
  // A log that grows with every start would fill the memory of a PC that fails all night.
  (void)!tools_.files.replace(kAgentLog, text).has_value();
}

void Init::show_status() {
  std::string status = "Resus | depot " + depot_ + " | " + network_.summary() + " | write-blocked: " + guard_.summary() +
                       " | agent " + (agent_ ? "running" : "not running");
  if (!trouble_.empty()) status += " | " + trouble_;
  if (status == shown_) return;
  shown_ = status;
  say_(status, agent_.has_value());
}

std::set<int> Init::process_ids() const {
  auto ids = network_.process_ids();
  if (agent_) ids.insert(*agent_);
  return ids;
}

}  // namespace resus::firmware
