#pragma once
// Jobs that are begun again: because a person asks, or because the depot was killed while they worked.
#include "web/depot/analysis_jobs.hpp"
#include "web/depot/backup_jobs.hpp"
#include "web/depot/catalogue.hpp"
#include "web/depot/sign_in.hpp"
#include "web/depot/store_jobs.hpp"

namespace resus::depot {

/// The role that may begin a job of this kind.
[[nodiscard]] Role least_role(std::string_view kind);

/// Threads: any. Everything outlives the object.
class JobAgain {
 public:
  JobAgain(Jobs& jobs, StoreJobs& store, BackupJobs& backups, AnalysisJobs& analysis)
      : jobs_(jobs), store_(store), backups_(backups), analysis_(analysis) {}

  /// A new job that does what an ended one was asked for.
  /// Errors: kNotFound, kConflict when it has not ended, succeeded, or is of a kind that needs its receiver (an export).
  [[nodiscard]] Result<Job> retry(const std::string& id, const std::string& actor);
  /// What an earlier run of the depot left in the catalogue: what had ended is shown, checks and searches go on under
  /// their id from their beginning, because they change nothing; everything else was interrupted and says what to do.
  /// Errors: the catalogue's. A job that cannot be read is passed over, with a line in the log.
  [[nodiscard]] Result<void> recover(Catalogue& catalogue);

 private:
  [[nodiscard]] Result<Job> begin(const Job& former, const JobAsker& by);
  [[nodiscard]] Result<Job> begin_backup(const Job& former, const JobAsker& by);
  [[nodiscard]] Result<Job> begin_analysis(const Job& former, const JobAsker& by);
  void take_up(Job former);
  Jobs& jobs_;
  StoreJobs& store_;
  BackupJobs& backups_;
  AnalysisJobs& analysis_;
};

}  // namespace resus::depot
