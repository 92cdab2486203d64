#include "web/depot/job_again.hpp"

#include "hw/log.hpp"
#include "web/analysis/search_request.hpp"
#include "web/depot/job_record.hpp"
#include "web/messages/fields.hpp"

namespace resus::depot {
namespace {

bool is_check(std::string_view kind) { return kind.ends_with(".verify") || kind == "store.scrub"; }

/// Begun again by itself. A comparison is not: it fills a folder with file systems for tools that read hostile ones.
bool only_reads(std::string_view kind) { return is_check(kind) || kind == "store.search"; }

hw::Error interrupted(const Job& job) {
  const std::string when = job.state == JobState::kWaiting ? "it waited for its turn and had not begun" : "it was at work";
  return hw::make_error(hw::Code::kCancelled, "when the depot stopped " + when);
}

}  // namespace

Role least_role(std::string_view kind) { return is_check(kind) ? Role::kTechnician : Role::kSupervisor; }

Result<Job> JobAgain::retry(const std::string& id, const std::string& actor) {
  RESUS_TRY(const auto former, jobs_.find(id));
  if (!former.ended()) return hw::fail(hw::Code::kConflict, id + " has not ended: it is " + std::string(to_string(former.state)));
  if (!former.can_be_retried()) return hw::fail(hw::Code::kConflict, id + " cannot be begun again from here");
  return begin(former, JobAsker{actor});
}

Result<Job> JobAgain::begin(const Job& former, const JobAsker& by) {
  const auto& kind = former.what.kind;
  messages::Fields f(former.what.request, "job.request");
  if (kind == "custody.verify") return store_.verify_custody(by);
  if (kind == "image.import") {
    const auto source = f.text("source", messages::kLongText), name = f.text("name");
    RESUS_TRY(f.done());
    return store_.import_image(source, name, by);
  }
  if (kind == "image.verify" || kind == "evidence.verify") {
    const auto id = f.text("id");
    RESUS_TRY(f.done());
    return kind == "image.verify" ? store_.verify_image(id, by) : store_.verify_evidence(id, by);
  }
  if (kind.starts_with("backup.")) return begin_backup(former, by);
  return begin_analysis(former, by);
}

Result<Job> JobAgain::begin_analysis(const Job& former, const JobAsker& by) {
  const auto& kind = former.what.kind;
  if (kind == "store.scrub") return analysis_.scrub(by);
  messages::Fields f(former.what.request, "job.request");
  if (kind == "evidence.diff") {
    const analysis::DiffQuestion question{.id = f.text("id"), .against = f.text("against"), .blocks_only = f.flag("blocks_only")};
    RESUS_TRY(f.done());
    return analysis_.diff(question, by);
  }
  if (kind != "store.search") return hw::fail(hw::Code::kConflict, "a job of kind " + kind + " cannot be begun again");
  const auto most_places = f.number("limit");
  RESUS_TRY(const auto wanted, analysis::wanted_from(f));
  return analysis_.search(wanted, most_places, by);
}

Result<Job> JobAgain::begin_backup(const Job& former, const JobAsker& by) {
  messages::Fields f(former.what.request, "job.request");
  if (former.what.kind == "backup.scan") {
    const auto backup = f.text("backup"), reason = f.text("reason", messages::kLongText);
    RESUS_TRY(f.done());
    return backups_.scan(backup, reason, by);
  }
  NewBackup backup{.source = f.text("source", messages::kLongText), .name = f.text("name")};
  backup.partition = f.number32("partition");
  backup.directory = f.text("directory", messages::kLongText);
  backup.part_of = f.text("part_of");
  RESUS_TRY(f.done());
  return backups_.add(backup, by);
}

void JobAgain::take_up(Job former) {
  if (only_reads(former.what.kind)) {
    const auto begun = begin(former, JobAsker{.name = former.what.actor, .job = former.id, .since = former.created_at});
    if (begun) return;
    former.error = begun.error();
    former.state = JobState::kFailed;
  } else {
    former.error = interrupted(former);
    former.state = JobState::kInterrupted;
  }
  jobs_.put_ended(std::move(former));
}

Result<void> JobAgain::recover(Catalogue& catalogue) {
  RESUS_TRY(const auto stored, catalogue.jobs());
  std::vector<Job> unfinished;
  for (const auto& row : stored) {
    auto job = job_from_json(row.document);
    if (!job) {
      hw::log(hw::LogLevel::kWarning, "depot", row.id + " cannot be read: " + job.error().to_string());
    } else if (job.value().ended()) {
      jobs_.put_former(std::move(job).value());
    } else {
      unfinished.push_back(std::move(job).value());
    }
  }
  for (auto& job : unfinished) take_up(std::move(job));
  return hw::success();
}

}  // namespace resus::depot
