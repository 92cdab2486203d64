#include "web/depot/backup_jobs.hpp"

#include <algorithm>

#include "imaging/trusted_keys.hpp"
#include "web/depot/backup_add.hpp"
#include "web/depot/backup_view.hpp"
#include "web/depot/job_source.hpp"

namespace resus::depot {

namespace json = boost::json;

Result<Job> BackupJobs::scan(const std::string& backup, const std::string& reason, const JobAsker& by) {
  RESUS_TRY(const auto info, s_.backups.find(backup));
  if (s_.places.rules.empty() && s_.places.clamd.empty()) {
    return hw::fail(hw::Code::kScanRules, "the depot's configuration names no scanner in [scan]");
  }
  RESUS_TRY(const auto manifest, s_.scan_gate.manifest(info.id));
  const ScanOrder order{.backup = info.id, .actor = by.name, .reason = reason};
  NewJob what{.kind = "backup.scan", .subject = info.name, .actor = by.name, .request = {{"backup", info.id}, {"reason", reason}}, .id = by.job, .since = by.since};
  return s_.jobs.start(std::move(what),
                       [this, order, bytes = manifest.content_bytes](const JobControl& job) { return run_scan(job, order, bytes); });
}

Result<Job> BackupJobs::add(const NewBackup& backup, const JobAsker& by) {
  RESUS_TRY(check_backup_name(backup.name));
  RESUS_TRY(check_path(s_.disks, s_.data, backup.source));
  NewJob what{.kind = "backup.add", .subject = backup.name, .actor = by.name,
              .request = {{"source", backup.source}, {"name", backup.name}, {"partition", backup.partition},
                          {"directory", backup.directory}, {"part_of", backup.part_of}},
              .id = by.job, .since = by.since};
  return s_.jobs.start(std::move(what), [this, backup, actor = by.name](const JobControl& job) { return run_add(job, backup, actor); });
}

Result<void> BackupJobs::note(const imaging::CustodyEvent& event) {
  RESUS_TRY(s_.custody.append(event));
  return hw::success();
}

Result<json::object> BackupJobs::run_add(const JobControl& job, const NewBackup& backup, const std::string& actor) {
  ChosenScanners scanners;
  if (!s_.places.rules.empty() || !s_.places.clamd.empty()) {
    RESUS_TRY(scanners, open_scanners(s_.files, s_.sandbox, s_.sockets, s_.places));
  }
  const auto watch = [&](std::uint64_t done, std::uint64_t total) {
    job.progress(done, total);
    return !job.stop().stop_requested();
  };
  RESUS_TRY(const auto added, add_backup(s_.backups, backup, actor,
                                         {.sandbox = s_.sandbox, .key = s_.key, .scanners = scanners.all(), .now = hw::to_rfc3339(s_.clock.now())},
                                         [this](const auto& event) { return note(event); }, watch));
  return backup_object(added);
}

Result<json::object> BackupJobs::run_scan(const JobControl& job, const ScanOrder& order, std::uint64_t bytes) {
  RESUS_TRY(const auto scanners, open_scanners(s_.files, s_.sandbox, s_.sockets, s_.places));
  RESUS_TRY(const auto trusted, imaging::trusted_keys(s_.files, s_.data + "/store"));
  const auto watch = [&](std::uint64_t, std::uint64_t done) {
    job.progress(std::min(done, bytes), bytes);
    return !job.stop().stop_requested();
  };
  RESUS_TRY(const auto outcome, scan_again(s_.backups, order,
                                           {.sandbox = s_.sandbox, .key = s_.key, .scanners = scanners.all(),
                                            .now = hw::to_rfc3339(s_.clock.now())},
                                           trusted, [this](const auto& event) { return note(event); }, watch));
  s_.scan_gate.recover(s_.machines);
  auto result = backup_object(outcome.info);
  result["cleared"] = outcome.cleared.size();
  return result;
}

}  // namespace resus::depot
