#include "web/depot/backup_jobs.hpp"

#include <algorithm>

#include "imaging/trusted_keys.hpp"
#include "web/depot/backup_view.hpp"

namespace resus::depot {

namespace json = boost::json;

Result<Job> BackupJobs::scan(const std::string& backup, const std::string& reason, const std::string& actor) {
  RESUS_TRY(const auto info, s_.backups.find(backup));
  if (s_.places.rules.empty() && s_.places.clamd.empty()) {
    return hw::fail(hw::Code::kScanRules, "the depot's configuration names no scanner in [scan]");
  }
  RESUS_TRY(const auto manifest, s_.scan_gate.manifest(info.id));
  const ScanOrder order{.backup = info.id, .actor = actor, .reason = reason};
  return s_.jobs.start({.kind = "backup.scan", .subject = info.name, .actor = actor},
                       [this, order, bytes = manifest.content_bytes](const JobControl& job) { return run(job, order, bytes); });
}

Result<json::object> BackupJobs::run(const JobControl& job, const ScanOrder& order, std::uint64_t bytes) {
  RESUS_TRY(const auto scanners, open_scanners(s_.files, s_.sandbox, s_.sockets, s_.places));
  RESUS_TRY(const auto trusted, imaging::trusted_keys(s_.files, s_.store));
  const auto watch = [&](std::uint64_t, std::uint64_t done) {
    job.progress(std::min(done, bytes), bytes);
    return !job.stop().stop_requested();
  };
  const auto note = [this](const imaging::CustodyEvent& event) -> Result<void> {
    RESUS_TRY(s_.custody.append(event));
    return hw::success();
  };
  RESUS_TRY(const auto outcome, scan_again(s_.backups, order,
                                           {.sandbox = s_.sandbox, .key = s_.key, .scanners = scanners.all(),
                                            .now = hw::to_rfc3339(s_.clock.now())},
                                           trusted, note, watch));
  s_.scan_gate.recover(s_.machines);
  auto result = backup_object(outcome.info);
  result["cleared"] = outcome.cleared.size();
  return result;
}

}  // namespace resus::depot
