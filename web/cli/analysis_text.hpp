#pragma once
// What investigators ask of evidence, in words for people; from the JSON alone, wherever it was made.
#include <boost/json.hpp>
#include <string>

namespace resus::web {

/// From analysis::diff_json(). Names out of the disk stand in it without control characters.
[[nodiscard]] std::string diff_text(const boost::json::object& diff, bool blocks_only);
/// From analysis::search(): of a block, of bytes, of a file.
[[nodiscard]] std::string search_text(const boost::json::object& found);
/// From analysis::scrub().
[[nodiscard]] std::string scrub_text(const boost::json::object& report);

}  // namespace resus::web
