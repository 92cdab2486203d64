#pragma once
// Reads a backup archive at the depot, in a sandbox, and writes down what is in it.
#include <functional>
#include <span>

#include "hw/sandbox.hpp"
#include "imaging/restore/backup_manifest.hpp"

namespace resus::imaging {

/// Where archive bytes come from: fills the buffer as far as it can, 0 at the end.
using ByteFeed = std::function<Result<std::size_t>(std::span<std::byte>)>;

struct ArchiveLimits {
  std::uint64_t entries = 1'000'000;
  std::uint64_t content_bytes = 4ULL << 40;  ///< sum of all sizes, holes included
  /// Unpacked bytes may be so many times the packed ones; the first 64 MiB are free. The densest real
  /// case known to us, a zstd of log files, is under 100.
  std::uint64_t ratio = 200;
};

/// Reads the archive to its end, past the last member.
///
/// Formats: tar (ustar, GNU, pax) and zip; filters none, gzip, xz, zstd.
/// Errors:  kArchive for a damaged or truncated archive, with member and byte; kArchiveLimit; kProcess when the
///          reader had to be killed; and what `feed` returns. A hostile entry is an exclusion, not an Error.
/// Threads: any; every call has its own child.
[[nodiscard]] Result<BackupManifest> scan_backup(hw::Sandbox& sandbox, const ByteFeed& feed,
                                                 const ArchiveLimits& limits = {});

}  // namespace resus::imaging
