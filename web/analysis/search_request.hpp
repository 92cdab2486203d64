#pragma once
// What a search looks for, as it goes to a running depot. web/API.md, "POST /api/v1/store/search".
#include "web/analysis/evidence_search.hpp"
#include "web/messages/fields.hpp"

namespace resus::analysis {

/// Longest request: some 6,000 blocks of a file.
inline constexpr std::size_t kMostSearchBytes = 256 * 1024;

/// {block} | {sha256} | {pattern} | {file{sha256, bytes, ids, tail}}
[[nodiscard]] boost::json::object search_json(const Wanted& wanted);
/// The opposite; reads these fields alone. Errors: kBadInput when not exactly one of them is there or a file contradicts
/// itself, kUsage when a pattern is too short, too long or of zeros.
[[nodiscard]] Result<Wanted> wanted_from(messages::Fields& fields);

}  // namespace resus::analysis
