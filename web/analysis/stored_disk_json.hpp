#pragma once
// How the disks of a store are named in what people and programs read.
#include <boost/json.hpp>

#include "imaging/stored_disks.hpp"

namespace resus::analysis {

/// {"kind": "golden image" | "evidence", "id", "name", "machine", "model", "serial", "disk_bytes"}.
[[nodiscard]] boost::json::object disk_json(const imaging::StoredDisk& disk);

}  // namespace resus::analysis
