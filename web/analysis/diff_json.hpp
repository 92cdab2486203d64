#pragma once
// A difference as JSON: the same for the command line and the depot.
#include <boost/json.hpp>

#include "web/analysis/evidence_diff.hpp"

namespace resus::analysis {

/// Ranges beyond the limits are counted in `*_omitted`, not listed. Texts out of the disk stand in it as UTF-8.
[[nodiscard]] boost::json::object diff_json(const DiffQuestion& question, const DiskDiff& diff, const DiffLimits& limits);

}  // namespace resus::analysis
