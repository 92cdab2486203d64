#pragma once
// From the staging directory into place.
#include <functional>

#include "imaging/restore/restore_plan.hpp"

namespace resus::imaging {

/// Renames everything below `staging` to below `directory`, merging directories and replacing files. Whatever is
/// moved is gone from `staging`; done again after a stop at any point with a fresh `staging`, the end is the same.
/// `moved` is called with the number of renames so far; false stops.
/// Errors: kConflict, kCancelled, kWrite. **Destroys** files of the same names.
[[nodiscard]] Result<void> merge_staged(hw::FileTree& tree, const std::string& staging, const std::string& directory,
                                        const RestorePlan& plan,
                                        const std::function<bool(std::uint64_t)>& moved);

}  // namespace resus::imaging
