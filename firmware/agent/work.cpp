#include "firmware/agent/work.hpp"

#include "firmware/agent/mounted.hpp"

namespace resus::agent {

hw::Result<void> do_task(Tools& tools, BootMemory& memory, const messages::Task& task, const std::stop_token& stop) {
  using messages::TaskKind;
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
