#include "web/depot/backup_add.hpp"

#include <boost/json.hpp>

#include "hw/plain_text.hpp"

namespace resus::depot {

namespace json = boost::json;

Result<BackupInfo> add_backup(BackupShelf& shelf, const NewBackup& backup, const std::string& actor, const ShelfTools& tools,
                              const std::function<Result<void>(const imaging::CustodyEvent&)>& note, const BackupShelf::Watch& watch) {
  const auto arrives = [&](const BackupInfo& info, const imaging::BackupManifest& manifest) {
    const json::object details{{"backup", info.id},           {"name", hw::shown_text(info.name)},
                               {"source", hw::shown_text(backup.source)}, {"bytes", info.bytes},
                               {"sha256", to_hex(manifest.archive_sha256)}, {"verdict", info.verdict},
                               {"infected", info.infected},   {"partition", info.partition},
                               {"directory", hw::shown_text(info.directory)}, {"part_of", info.part_of}};
    return note({.actor = actor, .machine = {}, .action = "backup.add", .reason = {}, .details = json::serialize(details)});
  };
  return shelf.add(backup, tools, arrives, watch);
}

}  // namespace resus::depot
