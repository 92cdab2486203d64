#pragma once
// Scanning a backup again, without anything being cleared in silence.
#include <functional>

#include "imaging/custody.hpp"
#include "web/depot/backup_shelf.hpp"

namespace resus::depot {

/// Who scans, and why.
struct ScanOrder {
  std::string backup;  ///< id or name
  std::string actor;
  std::string reason;  ///< demanded when malware found earlier is found no more
};

struct RescanOutcome {
  BackupInfo info;                    ///< as it is now
  std::vector<std::string> cleared;  ///< paths that bore malware by the former verdict, and do not by this one
};

/// May this verdict take the place of the former one? Pure.
/// Errors: kScanWeaker when it clears something and there is no reason; kProcess when the scanner broke down and the
/// former verdict says more.
[[nodiscard]] Result<void> may_replace(const imaging::BackupManifest& before, const imaging::BackupManifest& after,
                                       const std::string& reason);

/// Scans, writes the custody line (who, why, rules and verdict before and after, what was cleared), and only then the
/// new manifest, signed with the tools' key. `trusted`: the keys that may have signed the former one.
/// Errors: as may_replace(), BackupShelf::manifest() and BackupShelf::scan(), and what `note` returns; the former
/// manifest stands then.
[[nodiscard]] Result<RescanOutcome> scan_again(BackupShelf& shelf, const ScanOrder& order, const ShelfTools& tools,
                                               std::span<const imaging::PublicKey> trusted,
                                               const std::function<Result<void>(const imaging::CustodyEvent&)>& note,
                                               const imaging::ScanWatch& watch = {});

}  // namespace resus::depot
