#pragma once
// The scan without its sandbox: what the child does, and what the fuzz target runs.
#include <functional>
#include <string>

#include "imaging/restore/backup_manifest.hpp"
#include "imaging/restore/scan.hpp"

namespace resus::imaging {

struct ScanSink {
  std::function<Result<void>(const BackupEntry&)> entry;
  std::function<Result<void>(const Exclusion&)> exclusion;
};
struct ScanTotals {
  std::string format, filter;
  std::uint64_t entry_count = 0;
};

/// Reads every member to its end and reports it. Names given twice are still among them.
/// Errors: as scan_backup(), and what the sink returns.
[[nodiscard]] Result<ScanTotals> scan_members(const ByteFeed& feed, const ArchiveLimits& limits,
                                              const ScanSink& sink);

}  // namespace resus::imaging
