#pragma once
// How records and verification reports are shown: JSON for programs, text for people.
#include <boost/json.hpp>
#include <string>
#include <vector>

#include "imaging/store.hpp"
#include "web/cli/environment.hpp"

namespace resus::web {

[[nodiscard]] boost::json::object evidence_json(const imaging::EvidenceInfo& evidence);
[[nodiscard]] boost::json::object image_json(const imaging::ImageInfo& image);
inline const std::vector<std::string> kEvidenceColumns{"id", "machine", "bytes", "sha256", "verified_at"};
inline const std::vector<std::string> kImageColumns{"id", "name", "bytes", "stored_bytes", "boot", "created_at"};

/// Print what depot::report_object() and depot::custody_object() say, here or at the depot; the exit status is kExitFailed
/// where a check found something.
int print_report(Environment& environment, const boost::json::object& report);
int print_custody(Environment& environment, const boost::json::object& report);
/// As image_json().
void print_imported(Environment& environment, const boost::json::object& image);
/// One "key  value" line for each field, nested objects indented.
[[nodiscard]] std::string pretty(const boost::json::value& value, std::size_t indent = 0);

}  // namespace resus::web
