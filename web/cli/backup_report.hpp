#pragma once
// How backups and what was found in them are shown: JSON for programs, text for people.
#include <boost/json.hpp>
#include <string>

#include "web/depot/backup_shelf.hpp"

namespace resus::web {

[[nodiscard]] boost::json::object backup_json(const depot::BackupInfo& backup);
/// One sentence.
[[nodiscard]] std::string backup_text(const depot::BackupInfo& backup);
/// backup_json() with the scanners and every entry left out or not scanned.
[[nodiscard]] boost::json::object manifest_json(const depot::BackupInfo& backup, const imaging::BackupManifest& manifest);
[[nodiscard]] std::string manifest_text(const depot::BackupInfo& backup, const imaging::BackupManifest& manifest);

}  // namespace resus::web
