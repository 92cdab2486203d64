#pragma once
// How records and verification reports are shown: JSON for programs, text for people.
#include <boost/json.hpp>
#include <string>

#include "imaging/custody.hpp"
#include "imaging/store.hpp"

namespace resus::web {

[[nodiscard]] boost::json::object evidence_json(const imaging::EvidenceInfo& evidence);
[[nodiscard]] boost::json::object image_json(const imaging::ImageInfo& image);
[[nodiscard]] boost::json::object report_json(const std::string& id, const imaging::VerifyReport& report);
[[nodiscard]] std::string report_text(const std::string& id, const imaging::VerifyReport& report);
[[nodiscard]] boost::json::object custody_json(const imaging::CustodyReport& report);
[[nodiscard]] std::string custody_text(const imaging::CustodyReport& report);
/// One "key  value" line for each field, nested objects indented.
[[nodiscard]] std::string pretty(const boost::json::value& value, std::size_t indent = 0);

}  // namespace resus::web
