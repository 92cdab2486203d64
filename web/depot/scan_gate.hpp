#pragma once
// No backup that the plan does not trust reaches a machine without somebody's word.
#include "hw/file_system.hpp"
#include "web/depot/approvals.hpp"
#include "web/depot/backup_shelf.hpp"
#include "web/depot/machines.hpp"

namespace resus::depot {

/// Asked when a machine wants to restore. Judges by the signed manifest, not by the list beside it.
/// Threads: any. Everything outlives the object.
class ScanGate {
 public:
  ScanGate(const Approvals& approvals, const BackupShelf& backups, hw::FileSystem& files, std::string store)
      : approvals_(approvals), backups_(backups), files_(files), store_(std::move(store)) {}
  /// Where the plan requires a scan that the machine's backup lacks, and nobody let it pass: the machine waits for a
  /// person from now on. Errors: kScanMissing then; those of manifest().
  [[nodiscard]] Result<void> pass(Machines& machines, const MachineRecord& machine) const;
  /// After a start of the depot and after a scan: machines whose backup was scanned meanwhile, or of which nobody demands a scan any
  /// more, go on.
  void recover(Machines& machines) const;
  /// Errors: as BackupShelf::manifest().
  [[nodiscard]] Result<imaging::BackupManifest> manifest(const std::string& backup_id) const;

 private:
  [[nodiscard]] Result<void> judge(const MachineRecord& machine) const;
  const Approvals& approvals_;
  const BackupShelf& backups_;
  hw::FileSystem& files_;
  std::string store_;
};

}  // namespace resus::depot
