#pragma once
// Backup archives kept at the depot, each with its signed manifest: backups/<id>/{archive,manifest,info.json}.
// A backup of several partitions is several archives: one that people choose, and its parts.
#include <functional>
#include <string>
#include <vector>

#include "hw/file_system.hpp"
#include "hw/sandbox.hpp"
#include "imaging/envelope.hpp"
#include "imaging/restore/backup_manifest.hpp"
#include "imaging/restore/malware_scan.hpp"

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
  std::string verdict = "unscanned";  ///< as in imaging/FORMAT.md section 12
  std::uint64_t infected = 0;     ///< entries that are left out of a restore because of malware
  std::uint64_t not_scanned = 0;  ///< members of a scanned backup that were not looked at whole
  std::string scanned_at = {};    ///< RFC 3339; empty: unscanned
  std::string scan_note = {};     ///< unscanned: why
  std::uint32_t partition = 0;  ///< of the golden image; 0: the largest one that can hold files
  std::string directory = "/";
  std::string part_of = {};  ///< id of the backup this archive belongs to; empty: it is chosen by itself
};

/// What an operator says when a backup is added.
struct NewBackup {
  std::string source;  ///< path of the archive; it is copied
  std::string name;
  std::uint32_t partition = 0;
  std::string directory = "/";
  std::string part_of = {};  ///< id or name of the backup this archive is a further part of
};

/// A name people can type and a log can show, and not an id's form. Errors: kBadInput.
[[nodiscard]] Result<void> check_backup_name(std::string_view name);

/// What it takes to read and sign a backup.
struct ShelfTools {
  hw::Sandbox& sandbox;
  const imaging::SigningKey& key;
  imaging::Scanners scanners = {};  ///< none: there are no rules, the backup is unscanned
  std::string now;                  ///< RFC 3339
};

/// Reads the shelf afresh at every call, so that a backup added by another process is there at once.
/// Threads: any; one adder at a time.
class BackupShelf {
 public:
  BackupShelf(hw::FileSystem& files, std::string directory) : files_(files), directory_(std::move(directory)) {}
  /// Reads the archive in the sandbox, scans it for malware where there is a scanner, seals the manifest, copies, all
  /// durable before the name appears. Adding the same archive again gives the backup that is there.
  /// Errors: kBadInput (name), those of imaging::scan_backup() and scan_for_malware(), kSpace, kConflict when the name is another backup's,
  /// kNotFound and kUsage when `part_of` names no backup or one that is itself a part.
  /// `arrives` is asked once the archive lies here and before the backup is there: where it refuses, nothing is added.
  /// `watch` sees the bytes that were read, of all passes over the archive; false: kCancelled.
  using Arrives = std::function<Result<void>(const BackupInfo&, const imaging::BackupManifest&)>;
  using Watch = std::function<bool(std::uint64_t done, std::uint64_t total)>;
  [[nodiscard]] Result<BackupInfo> add(const NewBackup& backup, const ShelfTools& tools, const Arrives& arrives, const Watch& watch = {});
  [[nodiscard]] Result<std::vector<BackupInfo>> list() const;
  /// By id or name. Errors: kNotFound.
  [[nodiscard]] Result<BackupInfo> find(std::string_view id_or_name) const;
  /// The backup itself, then its parts by id: all that is restored where it was chosen. Errors: kNotFound.
  [[nodiscard]] Result<std::vector<BackupInfo>> with_parts(std::string_view id_or_name) const;
  /// The manifest, if one of `trusted` signed it. Errors: kNotFound, kRestoreVerify, kBadInput.
  [[nodiscard]] Result<imaging::BackupManifest> manifest(const std::string& id,
                                                         std::span<const imaging::PublicKey> trusted) const;
  /// What a scan for malware makes of the archive as it lies here. Changes nothing on the shelf.
  /// Errors: as imaging::scan_for_malware().
  [[nodiscard]] Result<imaging::BackupManifest> scan(const std::string& id, imaging::BackupManifest manifest,
                                                     const ShelfTools& tools, const imaging::ScanWatch& watch = {}) const;
  /// Seals the manifest with the tools' key in place of the former one. Durable when it returns.
  [[nodiscard]] Result<BackupInfo> replace_manifest(const BackupInfo& info, const imaging::BackupManifest& manifest,
                                                    const imaging::SigningKey& key);
  /// The signed manifest as it lies on the shelf: one line a file, too long to be held for every machine that asks.
  struct ManifestFile {
    std::string path;
    std::uint64_t bytes = 0;
  };
  /// Errors: kNotFound, kRead.
  [[nodiscard]] Result<ManifestFile> manifest_file(const std::string& id) const;
  [[nodiscard]] std::string archive_path(const std::string& id) const { return directory_ + "/" + id + "/archive"; }

 private:
  [[nodiscard]] Result<std::string> whole_of(const NewBackup& backup) const;
  [[nodiscard]] Result<BackupInfo> read_info(const std::string& id) const;
  hw::FileSystem& files_;
  std::string directory_;
};

}  // namespace resus::depot
