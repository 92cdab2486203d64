#pragma once
#include "hw/sandbox.hpp"

namespace resus::hw {

/// Forks. The child gets a chroot, an empty network namespace, no new privileges, a reduced capability set,
/// resource limits and a system call filter before it sees a byte; if any of that fails it does not start.
/// Works as root, and as another user where the kernel grants user namespaces.
class LinuxSandbox : public Sandbox {
 public:
  [[nodiscard]] Result<int> run(const SandboxPolicy& policy, const SandboxTalk& talk,
                                const std::function<int(SandboxChild&)>& work) override;
};

}  // namespace resus::hw
