#pragma once
// What a job may read because somebody named its path.
#include <string>

#include "hw/block_device.hpp"

namespace resus::depot {

using hw::Result;

/// A disk or a file on the depot's own box, outside the depot's folder: keys and patients' data lie there, and what a job
/// reads goes out to machines. Does not wait for a pipe.
/// Errors: kBadInput (not absolute, inside `data`, empty), kNotFound, kUsage (neither disk nor file).
[[nodiscard]] Result<void> check_path(hw::DiskAccess& disks, const std::string& data, const std::string& source);

}  // namespace resus::depot
