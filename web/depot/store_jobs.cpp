#include "web/depot/store_jobs.hpp"

#include "imaging/trusted_keys.hpp"
#include "web/depot/job_source.hpp"
#include "web/depot/store_json.hpp"
#include "web/report/stamp_facts.hpp"

namespace resus::depot {
namespace {

namespace json = boost::json;

imaging::OnProgress telling(const JobControl& job) {
  return [&job](const imaging::Progress& p) { job.progress(p.done_bytes, p.total_bytes); };
}

}  // namespace

Result<void> StoreJobs::note(const std::string& actor, const char* action, json::object details) {
  RESUS_TRY(s_.custody.append({.actor = actor, .machine = {}, .action = action, .reason = {}, .details = json::serialize(details)}));
  return hw::success();
}

Result<void> StoreJobs::check_source(const std::string& source) const {
  if (is_evidence_id(source)) {
    RESUS_TRY(s_.import.store.find_evidence(source));
    return hw::success();
  }
  return check_path(s_.import.disks, s_.data, source);
}

Result<Job> StoreJobs::import_image(const std::string& source, const std::string& name, const JobAsker& by) {
  RESUS_TRY(check_image_name(name));
  RESUS_TRY(check_source(source));
  NewJob what{.kind = "image.import", .subject = name, .actor = by.name, .request = {{"source", source}, {"name", name}}, .id = by.job, .since = by.since};
  return s_.jobs.start(std::move(what), [this, source, name, actor = by.name](const JobControl& job) -> Result<json::object> {
    RESUS_TRY(const auto manifest, import_golden(s_.import, source, name, telling(job), job.stop()));
    RESUS_TRY(note(actor, "image.import", {{"image", manifest.id}, {"name", manifest.name}, {"source", source}, {"job", job.id()}}));
    RESUS_TRY(const auto image, s_.import.store.find_image(manifest.id));
    return image_object(image);
  });
}

Result<Job> StoreJobs::verify_image(const std::string& image, const JobAsker& by) {
  RESUS_TRY(const auto found, s_.import.store.find_image(image));
  const auto id = found.manifest.id;
  NewJob what{.kind = "image.verify", .subject = found.manifest.name, .actor = by.name, .request = {{"id", id}}, .id = by.job, .since = by.since};
  return s_.jobs.start(std::move(what), [this, id, actor = by.name](const JobControl& job) -> Result<json::object> {
    RESUS_TRY(const auto keys, imaging::trusted_keys(s_.files, s_.data + "/store"));
    RESUS_TRY(const auto report, s_.import.store.verify_image(id, keys, telling(job), job.stop()));
    RESUS_TRY(note(actor, "image.verify", {{"image", id}, {"ok", report.ok()}, {"job", job.id()}}));
    const std::lock_guard lock(mutex_);
    image_verdicts_[id] = report.ok();
    return report_object(id, report);
  });
}

Result<Job> StoreJobs::verify_evidence(const std::string& id, const JobAsker& by) {
  RESUS_TRY(s_.import.store.find_evidence(id));
  NewJob what{.kind = "evidence.verify", .subject = id, .actor = by.name, .request = {{"id", id}}, .id = by.job, .since = by.since};
  return s_.jobs.start(std::move(what), [this, id, actor = by.name](const JobControl& job) -> Result<json::object> {
    RESUS_TRY(const auto keys, imaging::trusted_keys(s_.files, s_.data + "/store"));
    RESUS_TRY(const auto report, s_.import.store.verify_evidence(id, keys, telling(job), job.stop()));
    auto result = report_object(id, report);
    report::add_stamp(result, report::stamp_facts(s_.import.store, id, s_.stamper.authority_certificates()));
    RESUS_TRY(note(actor, "evidence.verify", {{"evidence", id}, {"ok", result.at("ok")}, {"job", job.id()}}));
    return result;
  });
}

Result<Job> StoreJobs::verify_custody(const JobAsker& by) {
  NewJob what{.kind = "custody.verify", .subject = "custody.log", .actor = by.name, .unit = "lines", .id = by.job, .since = by.since};
  return s_.jobs.start(std::move(what), [this, actor = by.name](const JobControl& job) { return check_custody(job, actor); });
}

Result<json::object> StoreJobs::check_custody(const JobControl& job, const std::string& actor) {
  RESUS_TRY(const auto keys, imaging::trusted_keys(s_.files, s_.data + "/store"));
  const auto held = s_.custody.head();  // in memory since the depot began: a file that was cut meanwhile does not reach it
  std::optional<imaging::Digest> at_held;
  auto checked = imaging::verify_custody(s_.files, s_.data + "/store/custody.log", keys, [&](const imaging::CustodyEntry& entry) {
    job.progress(entry.sequence, std::max(entry.sequence, held.sequence));
    if (entry.sequence == held.sequence + 1) at_held = entry.previous;
  }, job.stop());
  RESUS_TRY(auto report, std::move(checked));
  if (report.head.sequence == held.sequence) at_held = report.head.line;
  const bool reached = held.sequence == 0 || at_held == held.line;
  if (reached) report.torn_bytes = 0;  // behind the head: a line that is just being written
  auto result = custody_object(report);
  if (!reached && !report.first_broken_line) {
    result["problem"] = "the file does not lead to the head the depot holds, " + imaging::to_string(held) + ": it was cut off or exchanged";
  }
  result["ok"] = reached && !report.first_broken_line;
  RESUS_TRY(note(actor, "custody.verify", {{"ok", result["ok"]}, {"entries", report.entries}, {"head", result["head"]}, {"job", job.id()}}));
  auto verdict = result;
  verdict["checked_at"] = hw::to_rfc3339(s_.import.clock.now());
  const std::lock_guard lock(mutex_);
  custody_verdict_ = std::move(verdict);
  return result;
}

Result<void> StoreJobs::note_export(const Export& what, const std::string& actor) {
  return note(actor, "evidence.export", {{"evidence", what.evidence_id}, {"format", what.format}, {"offset", what.range.offset_bytes},
                                         {"length", what.range.length_bytes}, {"job", what.job}});
}

json::value StoreJobs::image_verdict(const std::string& image_id) const {
  const std::lock_guard lock(mutex_);
  const auto found = image_verdicts_.find(image_id);
  return found == image_verdicts_.end() ? json::value(nullptr) : json::value(found->second);
}

json::value StoreJobs::custody_verdict() const {
  const std::lock_guard lock(mutex_);
  return custody_verdict_;
}

}  // namespace resus::depot
