#pragma once
// Adding backups and scanning them again while the depot runs, as jobs.
#include "hw/clock.hpp"
#include "web/depot/backup_scan.hpp"
#include "web/depot/jobs.hpp"
#include "web/depot/machines.hpp"
#include "web/depot/scan_gate.hpp"
#include "web/depot/scanners.hpp"

namespace resus::depot {

/// Everything outlives the object and its jobs.
struct BackupJobServices {
  BackupShelf& backups;
  ScanGate& scan_gate;
  Machines& machines;
  imaging::CustodyLog& custody;
  const imaging::SigningKey& key;
  hw::FileSystem& files;
  hw::Sandbox& sandbox;
  hw::LocalSockets& sockets;
  const hw::Clock& clock;
  hw::DiskAccess& disks;
  std::string data;      ///< the depot's folder; the keys lie below data/store
  ScannerPlaces places;  ///< of the configuration
  Jobs& jobs;
};

/// Threads: any.
class BackupJobs {
 public:
  explicit BackupJobs(BackupJobServices services) : s_(std::move(services)) {}
  /// Reads an archive on the depot's own box; the job's result is the backup. Scanned with the scanners of the configuration.
  /// Errors: as check_path() and check_backup_name(), kConflict when too many jobs wait. The job's: as add_backup() and
  /// open_scanners().
  [[nodiscard]] Result<Job> add(const NewBackup& backup, const JobAsker& by);
  /// Machines that waited for this scan go on when it ends. The job's result is the backup, and how many files it `cleared`.
  /// Errors: kNotFound, kScanRules when the configuration names no scanner, kConflict when too many jobs wait. The job's:
  /// as scan_again() and open_scanners().
  [[nodiscard]] Result<Job> scan(const std::string& backup, const std::string& reason, const JobAsker& by);

 private:
  [[nodiscard]] Result<boost::json::object> run_add(const JobControl& job, const NewBackup& backup, const std::string& actor);
  [[nodiscard]] Result<boost::json::object> run_scan(const JobControl& job, const ScanOrder& order, std::uint64_t bytes);
  [[nodiscard]] Result<void> note(const imaging::CustodyEvent& event);
  BackupJobServices s_;
};

}  // namespace resus::depot
