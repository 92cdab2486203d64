#pragma once
// Which disk is the one? When in doubt, none.
#include <vector>

#include "hw/block_device.hpp"
#include "web/messages/task.hpp"

namespace resus::agent {

/// The disk the depot bound by serial and size; without a bound serial, the only fixed disk.
/// Errors: kDiskChanged (bound disk absent, or of another size), kManyDisks (several candidates, or two disks with
///         that serial), kNotFound (no fixed disk at all).
[[nodiscard]] hw::Result<hw::DiskIdentity> choose_disk(const std::vector<hw::DiskIdentity>& disks,
                                                       const messages::TaskDisk& bound);

}  // namespace resus::agent
