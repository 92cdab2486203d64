#pragma once
// Backups and what was found in them, as JSON: for pages and command line alike. web/API.md.
#include <boost/json.hpp>

#include "web/depot/backup_shelf.hpp"

namespace resus::depot {

/// What the list says of one backup.
[[nodiscard]] boost::json::object backup_object(const BackupInfo& backup);
/// The same with the scanners, every infected file, every file not scanned, every entry left out of a restore.
/// Paths are as hw::shown_text() makes them. At most `most` of each list; the counts are whole.
[[nodiscard]] boost::json::object backup_details(const BackupInfo& backup, const imaging::BackupManifest& manifest,
                                                 std::size_t most = SIZE_MAX);

}  // namespace resus::depot
