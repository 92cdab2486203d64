#pragma once
// fork and exec. For hw/linux only.
#include <sys/types.h>

#include <string>
#include <vector>

#include "hw/fd.hpp"
#include "hw/linux/walls.hpp"

namespace resus::hw {

/// Descriptors the program gets as 0, 1 and 2.
struct StandardFds {
  int in = -1;
  int out = -1;
  int err = -1;
};

/// Starts argv[0] (an absolute path). `end_with_parent`: SIGTERM when the calling *thread* ends; behind walls it is always
/// SIGKILL. Errors: kProcess, also when the program cannot be executed or the walls cannot be put up.
[[nodiscard]] Result<pid_t> spawn(const std::vector<std::string>& argv, const StandardFds& fds, bool end_with_parent,
                                  const Walls* walls = nullptr);

/// Readable when the process has ended. Errors: kProcess.
[[nodiscard]] Result<UniqueFd> open_pid(pid_t pid);

/// Waits for its end. True when it ended within the time (it is not reaped).
[[nodiscard]] bool ended_within(pid_t pid, int milliseconds);

/// Reaps it. Exit status, 128 + signal when killed, -1 when somebody else reaped it.
[[nodiscard]] int reap(pid_t pid);

}  // namespace resus::hw
