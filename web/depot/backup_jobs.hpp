#pragma once
// Scanning backups again while the depot runs, as a job.
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
  std::string store;     ///< folder with the keys
  ScannerPlaces places;  ///< of the configuration
  Jobs& jobs;
};

/// Threads: any.
class BackupJobs {
 public:
  explicit BackupJobs(BackupJobServices services) : s_(std::move(services)) {}
  /// Machines that waited for this scan go on when it ends. The job's result is the backup, and how many files it `cleared`.
  /// Errors: kNotFound, kScanRules when the configuration names no scanner, kConflict when too many jobs wait. The job's:
  /// as scan_again() and open_scanners().
  [[nodiscard]] Result<Job> scan(const std::string& backup, const std::string& reason, const std::string& actor);

 private:
  [[nodiscard]] Result<boost::json::object> run(const JobControl& job, const ScanOrder& order, std::uint64_t bytes);
  BackupJobServices s_;
};

}  // namespace resus::depot
