#pragma once
// Backup archives kept at the depot, each with its signed manifest: backups/<id>/{archive,manifest,info.json}.
// A backup of several partitions is several archives: one that people choose, and its parts.
#include <functional>
#include <string>
#include <vector>

#include "hw/file_system.hpp"
#include "hw/sandbox.hpp"
#include "imaging/envelope.hpp"

namespace resus::depot {

using hw::Result;

struct BackupInfo {
  std::string id;         ///< "bk-" + 16 hex digits of the archive's SHA-256
  std::string name;
  std::string format;     ///< "tar.zst", "tar.gz", "tar.xz", "tar", "zip"
  std::uint64_t bytes = 0;
  std::uint64_t files = 0;
  std::uint64_t exclusions = 0;
  std::string created_at;
  std::string malware_scan;
  std::uint32_t partition = 0;  ///< of the golden image; 0: the largest one that can hold files
  std::string directory = "/";
  std::string part_of;  ///< id of the backup this archive belongs to; empty: it is chosen by itself
};

/// What an operator says when a backup is added.
struct NewBackup {
  std::string source;  ///< path of the archive; it is copied
  std::string name;
  std::uint32_t partition = 0;
  std::string directory = "/";
  std::string part_of = {};  ///< id or name of the backup this archive is a further part of
};

/// Reads the shelf afresh at every call, so that a backup added by another process is there at once.
/// Threads: any; one adder at a time.
class BackupShelf {
 public:
  BackupShelf(hw::FileSystem& files, std::string directory) : files_(files), directory_(std::move(directory)) {}
  /// Scans the archive in the sandbox, seals the manifest, copies, all durable before the name appears.
  /// Adding the same archive again gives the backup that is there.
  /// Errors: those of imaging::scan_backup(), kSpace, kConflict when the name is another backup's, kNotFound and
  /// kUsage when `part_of` names no backup or one that is itself a part.
  [[nodiscard]] Result<BackupInfo> add(const NewBackup& backup, hw::Sandbox& sandbox, const imaging::SigningKey& key,
                                       const std::string& created_at);
  [[nodiscard]] Result<std::vector<BackupInfo>> list() const;
  /// By id or name. Errors: kNotFound.
  [[nodiscard]] Result<BackupInfo> find(std::string_view id_or_name) const;
  /// The backup itself, then its parts by id: all that is restored where it was chosen. Errors: kNotFound.
  [[nodiscard]] Result<std::vector<BackupInfo>> with_parts(std::string_view id_or_name) const;
  [[nodiscard]] Result<std::string> manifest_envelope(const std::string& id) const;
  [[nodiscard]] std::string archive_path(const std::string& id) const { return directory_ + "/" + id + "/archive"; }

 private:
  [[nodiscard]] Result<std::string> whole_of(const NewBackup& backup) const;
  [[nodiscard]] Result<BackupInfo> read_info(const std::string& id) const;
  hw::FileSystem& files_;
  std::string directory_;
};

}  // namespace resus::depot
