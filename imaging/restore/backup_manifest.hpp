#pragma once
// What is in a backup archive, entry by entry, as the depot found it. imaging/FORMAT.md section 12.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "imaging/block.hpp"
#include "imaging/restore/malware.hpp"

namespace resus::imaging {

enum class EntryType : std::uint8_t { kFile, kDirectory, kSymlink, kHardlink };
[[nodiscard]] std::string_view to_string(EntryType type);

struct EntryAttribute {
  std::string name;  ///< only "user.*"
  Digest value;      ///< SHA-256 of the value
  auto operator<=>(const EntryAttribute&) const = default;
};

/// One entry that will be restored. Strings are raw bytes as in the archive.
struct BackupEntry {
  std::uint64_t index = 0;  ///< place in the archive, excluded entries counted
  std::string path = {};    ///< relative, without ".", ".." and empty components
  EntryType type = EntryType::kFile;
  std::uint64_t size_bytes = 0;
  std::uint32_t mode = 0;  ///< 01777: never setuid or setgid
  std::uint64_t uid = 0, gid = 0;
  std::string owner = {}, group = {};
  std::int64_t mtime_s = 0;
  std::uint32_t mtime_ns = 0;
  std::string link_target = {};
  std::string acl = {};  ///< "a:user:1000:7 d:group:5:4", sorted; empty when the mode says it all
  std::vector<EntryAttribute> attributes = {};
  Digest sha256 = {};  ///< of the content; files only
};

/// Something of the archive that will not be restored: an entry, or a part of one.
struct Exclusion {
  std::uint64_t index = 0;
  std::string path;    ///< raw bytes as in the archive
  std::string reason;  ///< a sentence without full stop
  bool whole = true;   ///< false: the entry is restored without the named part
};

struct BackupManifest {
  std::string format;  ///< "tar" or "zip"
  std::string filter;  ///< "none", "gzip", "xz", "zstd"
  std::uint64_t archive_bytes = 0;
  Digest archive_sha256;
  std::uint64_t entry_count = 0;    ///< in the archive
  std::uint64_t content_bytes = 0;  ///< sum of the sizes of `entries`
  std::vector<BackupEntry> entries;   ///< in archive order
  std::vector<Exclusion> exclusions;  ///< by index
  MalwareScan scan;                   ///< verdict_of() says what it comes to
  std::vector<Finding> findings;      ///< by index
};

/// JSON lines: a head, then one line an entry, an exclusion, a finding. The payload that the depot seals
/// with Purpose::kBackupManifest. Always of version 2.
[[nodiscard]] std::string to_json_lines(const BackupManifest& manifest);
/// Versions 1 (unscanned) and 2. Errors: kBadInput (line named) for anything that a scan would not have written,
/// escapes and a verdict that does not follow from the findings included.
[[nodiscard]] Result<BackupManifest> backup_manifest_from_json_lines(std::string_view text);

}  // namespace resus::imaging
