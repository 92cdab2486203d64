#pragma once
// The extracting child's work.
#include "imaging/restore/child_talk.hpp"
#include "imaging/restore/restore_plan.hpp"

namespace resus::imaging {

/// Writes the planned entries below the current directory, which is the child's root.
/// Says progress. Errors: kArchive, kRestoreVerify (the archive is not the one of the manifest), kWrite, kSpace.
[[nodiscard]] Result<std::string> extract_planned(hw::SandboxChild& child, const RestorePlan& plan);

}  // namespace resus::imaging
