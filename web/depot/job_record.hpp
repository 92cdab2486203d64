#pragma once
// A job as the catalogue keeps it.
#include <string>
#include <string_view>

#include "web/depot/catalogue.hpp"
#include "web/depot/job_board.hpp"

namespace resus::depot {

[[nodiscard]] StoredJob stored_job(const Job& job);
/// Errors: kBadInput when it is not what stored_job() writes.
[[nodiscard]] Result<Job> job_from_json(std::string_view document);

}  // namespace resus::depot
