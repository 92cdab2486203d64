#pragma once
// A difference in words and as JSON.
#include <boost/json.hpp>
#include <string>

#include "web/analysis/evidence_diff.hpp"

namespace resus::analysis {

/// Ranges beyond 100,000 of one kind are counted in `*_omitted`, not listed.
[[nodiscard]] boost::json::object diff_json(const DiffArguments& arguments, const DiskDiff& diff);
/// Names out of the disk stand in it without control characters.
[[nodiscard]] std::string diff_text(const DiffArguments& arguments, const DiskDiff& diff);

}  // namespace resus::analysis
