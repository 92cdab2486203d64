#include "firmware/agent/work.hpp"

#include "firmware/agent/mounted.hpp"
#include "hw/log.hpp"
#include "imaging/key_ring.hpp"

namespace resus::agent {

namespace {

/// The depot may sign with another key than the boot image names: who was trusted says so, signed. Without an answer
/// everything stays as it was, and what is not signed by a trusted key is refused where it is used.
void take_handovers(Tools& tools) {
  const auto handovers = tools.api.key_handovers();
  if (!handovers || handovers.value().envelopes.empty()) return;
  const auto before = tools.trusted.size();
  tools.trusted = imaging::with_handovers(std::move(tools.trusted), handovers.value().envelopes);
  if (tools.trusted.size() > before) hw::log(hw::LogLevel::kInfo, "agent", "the depot's key was handed over to a new one");
}

}  // namespace

hw::Result<void> do_task(Tools& tools, BootMemory& memory, const messages::Task& task, const std::stop_token& stop) {
  using messages::TaskKind;
  if (task.task == TaskKind::kDeploy || task.task == TaskKind::kRestore) take_handovers(tools);
  RESUS_TRY(unmount_leftover(tools.host, tools.mount_point));
  switch (task.task) {
    case TaskKind::kAcquire: return acquire(tools, memory, task, stop);
    case TaskKind::kDeploy: return deploy(tools, memory, task, stop);
    case TaskKind::kRestore: return restore(tools, memory, task, stop);
    case TaskKind::kWait:
    case TaskKind::kReboot:
    case TaskKind::kStop: break;
  }
  return hw::fail(hw::Code::kInternal, "no work: " + std::string(to_string(task.task)));
}

}  // namespace resus::agent
