#pragma once
// How the disks of a store are named in what people and programs read.
#include <boost/json.hpp>
#include <string>

#include "imaging/stored_disks.hpp"

namespace resus::analysis {

/// {"kind": "golden image" | "evidence", "id", "name", "machine", "model", "serial", "disk_bytes"}.
[[nodiscard]] boost::json::object disk_json(const imaging::StoredDisk& disk);
/// "ev-… (machine m-7, ST1000 serial Z1)", "golden image ward (img-…)", without control characters.
[[nodiscard]] std::string disk_text(const imaging::StoredDisk& disk);

}  // namespace resus::analysis
