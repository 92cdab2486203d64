#pragma once
// The walls of the sandbox, put up by the child itself. For hw/linux only.
#include "hw/sandbox.hpp"

namespace resus::hw {

/// Gives up everything that the policy does not name. To be called in a freshly forked child with one thread;
/// `parent_pid` tells whether the parent died meanwhile.
/// Errors: kProcess; the child must end then.
[[nodiscard]] Result<void> confine(const SandboxPolicy& policy, int parent_pid);

}  // namespace resus::hw
