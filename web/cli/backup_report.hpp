#pragma once
// How backups and what was found in them are shown to people.
#include <boost/json.hpp>
#include <string>

#include "web/depot/backup_shelf.hpp"

namespace resus::web {

/// depot::backup_object() with the verdict under its older name, `malware_scan`, too.
[[nodiscard]] boost::json::object backup_json(const depot::BackupInfo& backup);
/// One sentence.
[[nodiscard]] std::string backup_text(const depot::BackupInfo& backup);
/// @param details  as depot::backup_details() makes them
[[nodiscard]] std::string details_text(const depot::BackupInfo& backup, const boost::json::object& details);

}  // namespace resus::web
