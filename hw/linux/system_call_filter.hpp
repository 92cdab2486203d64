#pragma once
// Which system calls a confined process cannot make. For hw/linux only.
#include <linux/filter.h>

#include <span>
#include <vector>

namespace resus::hw {

/// A filter for PR_SET_SECCOMP: what neither reading hostile bytes nor writing files needs and an escape would (sockets,
/// processes, mounts, kernel interfaces) gives EPERM, and so do the calls of `more`. Another architecture's numbers end
/// the process.
[[nodiscard]] std::vector<sock_filter> refusing_escapes(std::span<const long> more);

}  // namespace resus::hw
