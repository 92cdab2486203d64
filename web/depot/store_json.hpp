#pragma once
// What the store holds and what checks of it found, as JSON: the same for the operators' API and the command line.
#include <boost/json.hpp>
#include <string>

#include "imaging/custody.hpp"
#include "imaging/store.hpp"

namespace resus::depot {

/// As in the list of images; `verified` null: not checked in this run.
[[nodiscard]] boost::json::object image_object(const imaging::ImageInfo& image, const boost::json::value& verified = nullptr);
/// Result of a check: web/API.md, "Results".
[[nodiscard]] boost::json::object report_object(const std::string& id, const imaging::VerifyReport& report);
[[nodiscard]] boost::json::object custody_object(const imaging::CustodyReport& report);

}  // namespace resus::depot
