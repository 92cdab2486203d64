#include "web/depot/analysis_jobs.hpp"

#include <algorithm>
#include <thread>

#include "imaging/trusted_keys.hpp"
#include "web/analysis/diff_json.hpp"
#include "web/analysis/search_request.hpp"

namespace resus::depot {
namespace {

namespace json = boost::json;

/// Below its reserve of 1 GiB the store takes nothing any more (imaging::StoreOptions): as much again stays for evidence.
constexpr std::uint64_t kLeaveFreeBytes = 2ull << 30;
/// The depot's memory is for machines.
constexpr analysis::DiffLimits kLimits{.ranges = 10'000, .ranges_in_all = 40'000, .file_bytes = 32ull << 20};
constexpr std::size_t kMostPlacesInAll = 100'000;
constexpr std::uint64_t kSearchBytes = 128ull << 20;

imaging::OnProgress telling(const JobControl& job) {
  return [&job](const imaging::Progress& p) { job.progress(std::min(p.done_bytes, p.total_bytes), p.total_bytes); };
}

/// What is looked for, for everybody to see: nothing of a pattern but its length.
struct Described {
  std::string words;
  json::object line;  ///< for the custody log: of a pattern its SHA-256
};
Described describe(const analysis::WantedBlock& block) {
  const auto hex = to_hex(block.id);
  return {(block.or_disk ? "block or disk " : "block ") + hex, {{"what", block.or_disk ? "block or disk" : "block"}, {"sha256", hex}}};
}
Described describe(const analysis::WantedBytes& pattern) {
  const auto size = pattern.bytes.size();
  return {"pattern of " + std::to_string(size) + " bytes",
          {{"what", "pattern"}, {"sha256", to_hex(imaging::sha256(std::as_bytes(std::span(pattern.bytes))))}, {"bytes", size}}};
}
Described describe(const imaging::WantedFile& file) {
  return {"file of " + std::to_string(file.bytes) + " bytes, SHA-256 " + to_hex(file.sha256),
          {{"what", "file"}, {"sha256", to_hex(file.sha256)}, {"bytes", file.bytes}}};
}
Described described(const analysis::Wanted& wanted) {
  return std::visit([](const auto& what) { return describe(what); }, wanted);
}

/// Processors are for agents first.
unsigned some_threads() { return std::max(1u, std::thread::hardware_concurrency() / 2); }

}  // namespace

bool shows_content(std::string_view kind) { return kind == "evidence.diff" || kind == "store.search"; }

Result<void> AnalysisJobs::prepare() {
  RESUS_TRY(s_.files.make_directories(work()));
  return analysis::WorkFolder::clear(work());
}

Result<void> AnalysisJobs::note(const std::string& actor, const char* action, json::object details) {
  RESUS_TRY(s_.custody.append({.actor = actor, .machine = {}, .action = action, .reason = {}, .details = json::serialize(details)}));
  return hw::success();
}

Result<Job> AnalysisJobs::diff(const analysis::DiffQuestion& question, const JobAsker& by) {
  RESUS_TRY(s_.store.find_evidence(question.id));
  RESUS_TRY(s_.store.find_image(question.against));
  NewJob what{.kind = "evidence.diff", .subject = question.id, .actor = by.name,
              .request = {{"id", question.id}, {"against", question.against}, {"blocks_only", question.blocks_only}}, .id = by.job, .since = by.since};
  return s_.jobs.start(std::move(what), [this, question, actor = by.name](const JobControl& job) { return run_diff(question, job, actor); });
}

Result<json::object> AnalysisJobs::run_diff(const analysis::DiffQuestion& question, const JobControl& job, const std::string& actor) {
  RESUS_TRY(auto keys, imaging::trusted_keys(s_.files, s_.data + "/store"));
  const analysis::DiffTools tools{.files = s_.files, .processes = s_.processes, .store = s_.store, .trusted = std::move(keys),
                                  .work = {.parent = work(), .leave_free_bytes = kLeaveFreeBytes}, .limits = kLimits, .on_progress = telling(job)};
  RESUS_TRY(const auto found, analysis::diff(tools, question, job.stop()));
  auto result = analysis::diff_json(question, found, kLimits);
  std::uint64_t files = 0;
  for (const auto& region : found.regions) files += region.files.files.size() + region.files.omitted;
  RESUS_TRY(note(actor, "evidence.diff", {{"evidence", question.id}, {"image", found.golden_id}, {"blocks_only", question.blocks_only}, {"files", files},
                                          {"not_golden_bytes", result.at("bytes").at("not_golden")}, {"job", job.id()}}));
  return result;
}

Result<Job> AnalysisJobs::search(const analysis::Wanted& wanted, std::size_t most_places, const JobAsker& by) {
  auto request = analysis::search_json(wanted);
  request["limit"] = most_places;
  NewJob what{.kind = "store.search", .subject = described(wanted).words, .actor = by.name, .request = std::move(request), .id = by.job, .since = by.since};
  return s_.jobs.start(std::move(what), [this, wanted, most_places, actor = by.name](const JobControl& job) { return run_search(wanted, most_places, job, actor); });
}

Result<json::object> AnalysisJobs::run_search(const analysis::Wanted& wanted, std::size_t most_places, const JobControl& job, const std::string& actor) {
  const auto disks = s_.store.evidence().size() + s_.store.images().size();
  const auto fair = std::max<std::size_t>(kMostPlacesInAll / std::max<std::size_t>(disks, 1), 1);
  const imaging::SearchOptions options{.most_offsets = std::min(most_places, fair), .threads = some_threads(), .memory_bytes = kSearchBytes,
                                       .progress = telling(job), .stop = job.stop()};
  RESUS_TRY(auto result, analysis::search(s_.store, wanted, options));
  auto line = described(wanted).line;
  line["disks"] = result.at("disks").as_array().size();
  line["complete"] = analysis::searched_everything(result);
  line["job"] = job.id();
  RESUS_TRY(note(actor, "store.search", std::move(line)));
  return result;
}

Result<Job> AnalysisJobs::scrub(const JobAsker& by) {
  NewJob what{.kind = "store.scrub", .subject = "store", .actor = by.name, .id = by.job, .since = by.since};
  return s_.jobs.start(std::move(what), [this, actor = by.name](const JobControl& job) { return run_scrub(job, actor); });
}

Result<json::object> AnalysisJobs::run_scrub(const JobControl& job, const std::string& actor) {
  RESUS_TRY(auto result, analysis::scrub(s_.store, telling(job), job.stop()));
  RESUS_TRY(note(actor, "store.scrub", {{"ok", result.at("ok")}, {"bytes_checked", result.at("bytes_checked")}, {"damaged_frames", result.at("damaged_frames").as_array().size()},
                                        {"affected", result.at("affected").as_array().size()}, {"job", job.id()}}));
  return result;
}

}  // namespace resus::depot
