#pragma once
// Adding a backup, so that the custody log knows of it before anybody can choose it.
#include <functional>

#include "imaging/custody.hpp"
#include "web/depot/backup_shelf.hpp"

namespace resus::depot {

/// Reads, scans and copies the archive, writes the custody line `backup.add` (who, from where, SHA-256, verdict), and only
/// then is the backup there. Adding what is there already writes no line.
/// Errors: as BackupShelf::add(), and what `note` returns; nothing is added then.
[[nodiscard]] Result<BackupInfo> add_backup(BackupShelf& shelf, const NewBackup& backup, const std::string& actor, const ShelfTools& tools,
                                            const std::function<Result<void>(const imaging::CustodyEvent&)>& note,
                                            const BackupShelf::Watch& watch = {});

}  // namespace resus::depot
