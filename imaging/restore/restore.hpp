#pragma once
// Puts the files of a scanned backup onto a freshly imaged file system.
#include <functional>
#include <string>
#include <vector>

#include "hw/file_tree.hpp"
#include "hw/sandbox.hpp"
#include "imaging/restore/backup_manifest.hpp"
#include "imaging/restore/scan.hpp"

namespace resus::imaging {

enum class TargetKind : std::uint8_t {
  kPosix,  ///< ext4 and its like: owner, mode, ACL, attributes, nanoseconds
  kNtfs,   ///< through ntfs-3g: content, names, attributes, links, times to 100 ns; Windows' rules for names
};

enum class OwnerPolicy : std::uint8_t {
  kNumeric,  ///< the numbers in the archive
  kByName,   ///< the target's own number for the name where etc/passwd and etc/group have it
};

struct RestoreRequest {
  std::string restore_id;  ///< letters, digits, "-", "_": names the staging directory; the same on every rerun
  std::string root;        ///< where the target file system is mounted
  std::string directory = {};  ///< where in it the files belong, relative; "" is its root
  TargetKind kind = TargetKind::kPosix;
  OwnerPolicy owners = OwnerPolicy::kNumeric;
  /// Called between extraction and verification, for what the file tree cannot reach (the device's own cache
  /// under a FUSE file system). May be empty.
  std::function<Result<void>()> drop_device_cache = {};
};

enum class RestoreStage : std::uint8_t { kExtract, kVerify, kMerge };
struct RestoreProgress {
  RestoreStage stage = RestoreStage::kExtract;
  std::uint64_t entries_done = 0, entries_total = 0;
  std::uint64_t bytes_done = 0, bytes_total = 0;
};
/// Returns false to stop: the child is killed, and what was staged stays until the next run.
using RestoreWatch = std::function<bool(const RestoreProgress&)>;

struct RestoreReport {
  std::uint64_t entries_restored = 0;  ///< each compared with the manifest after re-reading
  std::uint64_t files_restored = 0;
  std::uint64_t bytes_restored = 0;
  std::vector<Exclusion> exclusions;  ///< the manifest's and target_exclusions()
};

/// Entries of the manifest that will not be put onto such a target: those with malware, hard links to them, and
/// on NTFS what Windows' rules for names forbid. Each entry at most once. Pure.
[[nodiscard]] std::vector<Exclusion> target_exclusions(const BackupManifest& manifest, TargetKind kind);

/// Extracts into a staging directory on the target file system (in a child that sees nothing else), re-reads
/// every file from the device, compares it with the manifest, and only then renames into place. Directories
/// are merged, files replaced. May be stopped at any instant and run again: the end is the same.
///
/// @param manifest opened from an envelope that verified.
/// @param feed the archive from its first byte; read once, never stored.
/// Errors:  kArchive, kRestoreVerify (the archive or the disk differs from the manifest; nothing was renamed),
///          kConflict (a directory stands where a file belongs, or the reverse), kSpace, kCancelled, kProcess.
/// Threads: one restore a process at a time.
/// **Destroys** files of the same names below root/directory.
[[nodiscard]] Result<RestoreReport> restore_backup(hw::Sandbox& sandbox, hw::FileTrees& trees,
                                                   const RestoreRequest& request, const BackupManifest& manifest,
                                                   const ByteFeed& feed, const RestoreWatch& watch = {});

}  // namespace resus::imaging
