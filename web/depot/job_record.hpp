#pragma once
// A job as the catalogue keeps it.
#include <string>
#include <string_view>

#include "web/depot/catalogue.hpp"
#include "web/depot/job_board.hpp"

namespace resus::depot {

/// Lists in a kept result have at most so many entries; a check that found more says so while the depot runs.
inline constexpr std::size_t kMostKeptEntries = 1000;

[[nodiscard]] StoredJob stored_job(const Job& job);
/// Errors: kBadInput when it is not what stored_job() writes.
[[nodiscard]] Result<Job> job_from_json(std::string_view document);

}  // namespace resus::depot
