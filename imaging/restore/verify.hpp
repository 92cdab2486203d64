#pragma once
// The verifying child's work. It never sees the archive, only what the extracting child left.
#include "imaging/restore/child_talk.hpp"
#include "imaging/restore/restore_plan.hpp"

namespace resus::imaging {

/// Compares every name below the child's root with the plan: nothing missing, nothing more, kind, content,
/// metadata. Says progress; its last word is the number of entries that agreed.
/// Errors: kRestoreVerify, kRead.
[[nodiscard]] Result<std::string> verify_planned(hw::SandboxChild& child, hw::FileTree& staged,
                                                 const RestorePlan& plan);

}  // namespace resus::imaging
