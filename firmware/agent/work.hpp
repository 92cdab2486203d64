#pragma once
// The three pieces of work. Each may be cut at any instant and is begun again from its start.
#include <stop_token>

#include "firmware/agent/tools.hpp"

namespace resus::agent {

/// Copies the disk to the depot and waits until the depot has checked the copy.
/// The write block is set before the first read and proven at the end: no sector was written meanwhile, nothing of
/// the disk is mounted, the disk is still the same. Errors: kDiskChanged, kManyDisks, kWriteBlock, those of the
/// acquisition and of the depot.
[[nodiscard]] hw::Result<void> acquire(Tools& tools, BootMemory& memory, const messages::Task& task,
                                       const std::stop_token& stop);

/// Fetches the permit, lays the golden image onto the disk and moves the backup partition table to the disk's end.
/// **Destroys** the disk's content, if the permit allows it. Errors: as WritableDisk::open() and Deployment::run().
[[nodiscard]] hw::Result<void> deploy(Tools& tools, BootMemory& memory, const messages::Task& task,
                                      const std::stop_token& stop);

/// Puts the user's files back and gives the system its name. The permit is asked for again: a boot has the write
/// block set until one is shown. Errors: as restore_backup() and personalise().
[[nodiscard]] hw::Result<void> restore(Tools& tools, BootMemory& memory, const messages::Task& task,
                                       const std::stop_token& stop);

/// The one of the three that the task names.
[[nodiscard]] hw::Result<void> do_task(Tools& tools, BootMemory& memory, const messages::Task& task,
                                       const std::stop_token& stop);

}  // namespace resus::agent
