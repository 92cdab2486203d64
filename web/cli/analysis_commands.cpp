#include "web/cli/analysis_commands.hpp"

#include "web/analysis/diff_json.hpp"
#include "web/cli/analysis_text.hpp"
#include "web/cli/depot_jobs.hpp"
#include "web/cli/progress_line.hpp"
#include "web/cli/workbench.hpp"
#include "web/analysis/search_request.hpp"

namespace resus::web {
namespace json = boost::json;
namespace {

int print_search(Environment& environment, const json::object& found) {
  environment.output.print(found, [&] { return search_text(found); });
  return analysis::searched_everything(found) ? kExitOk : kExitFailed;
}

int print_scrub(Environment& environment, const json::object& report) {
  environment.output.print(report, [&] { return scrub_text(report); });
  return report.at("ok").as_bool() ? kExitOk : kExitFailed;
}

void print_diff(Environment& environment, const json::object& found, bool blocks_only) {
  environment.output.print(found, [&] { return diff_text(found, blocks_only); });
}

/// What is looked for, in the words of the search.
hw::Result<analysis::Wanted> wanted_of(Environment& environment, const SearchArguments& arguments, const std::stop_token& stop) {
  if (!arguments.file.empty()) {
    RESUS_TRY(const auto file, environment.files.open_read(arguments.file));
    RESUS_TRY(auto wanted, imaging::wanted_file(*file, stop));
    return analysis::Wanted(std::move(wanted));
  }
  if (!arguments.pattern.empty()) {
    RESUS_TRY(auto bytes, analysis::pattern_bytes(arguments.pattern, arguments.utf16));
    return analysis::Wanted(analysis::WantedBytes{std::move(bytes)});
  }
  const bool or_disk = !arguments.sha256.empty();
  if (!or_disk && arguments.block.empty()) return hw::fail(hw::Code::kUsage, "say what to look for: --sha256, --block, --file or --pattern");
  RESUS_TRY(const auto digest, imaging::digest_from_hex(or_disk ? arguments.sha256 : arguments.block));
  return analysis::Wanted(analysis::WantedBlock{.id = digest, .or_disk = or_disk});
}

}  // namespace

hw::Result<int> evidence_diff(Environment& environment, hw::Processes& processes, const DiffArguments& arguments, const std::stop_token& stop) {
  RESUS_TRY(const auto store, look_at(environment, arguments.store));
  RESUS_TRY(auto keys, arguments.keys.empty() ? imaging::trusted_keys(environment.files, arguments.store)
                                              : imaging::keys_of_file(environment.files, arguments.keys));
  const analysis::DiffTools tools{.files = environment.files, .processes = processes, .store = *store, .trusted = std::move(keys),
                                  .work = {.parent = arguments.work},
                                  .on_step = [&](const std::string& step) { environment.output.progress(step); }};
  RESUS_TRY(const auto found, analysis::diff(tools, arguments.question, stop));
  print_diff(environment, analysis::diff_json(arguments.question, found, tools.limits), arguments.question.blocks_only);
  return kExitOk;
}

hw::Result<int> evidence_search(Environment& environment, const std::string& store_path, const SearchArguments& arguments,
                                const std::stop_token& stop) {
  RESUS_TRY(const auto wanted, wanted_of(environment, arguments, stop));
  RESUS_TRY(const auto store, look_at(environment, store_path));
  ProgressLine line(environment, "searching");
  const imaging::SearchOptions options{.most_offsets = arguments.limit, .progress = [&](const imaging::Progress& p) { line.progress(p); }, .stop = stop};
  RESUS_TRY(const auto found, analysis::search(*store, wanted, options));
  return print_search(environment, found);
}

hw::Result<int> evidence_scrub(Environment& environment, const std::string& path, const std::stop_token& stop) {
  RESUS_TRY(const auto store, look_at(environment, path));
  ProgressLine line(environment, "reading the store again");
  RESUS_TRY(const auto report, analysis::scrub(*store, [&](const imaging::Progress& p) { line.progress(p); }, stop));
  return print_scrub(environment, report);
}

hw::Result<int> online_diff(Environment& environment, const std::string& data, const analysis::DiffQuestion& question, bool detach,
                            const std::stop_token& stop) {
  RESUS_TRY(auto depot, DepotClient::open(environment.files, data));
  const JobRequest request{.target = "/api/v1/evidence/" + path_part(question.id) + "/diff",
                           .body = {{"against", question.against}, {"blocks_only", question.blocks_only}}, .verb = "comparing", .detach = detach};
  RESUS_TRY(const auto found, run_job(environment, depot, request, stop));
  if (found) print_diff(environment, *found, question.blocks_only);
  return kExitOk;
}

hw::Result<int> online_search(Environment& environment, const std::string& data, const SearchArguments& arguments, bool detach,
                              const std::stop_token& stop) {
  RESUS_TRY(const auto wanted, wanted_of(environment, arguments, stop));
  JobRequest request{.target = "/api/v1/store/search", .body = analysis::search_json(wanted), .verb = "searching", .detach = detach};
  request.body["limit"] = arguments.limit;
  if (json::serialize(request.body).size() > analysis::kMostSearchBytes) {
    return hw::fail(hw::Code::kUsage, arguments.file + " is too long for a running depot, which takes the ids of some " +
                                          std::to_string(analysis::kMostSearchBytes / 44 * imaging::kBlockBytes >> 20) + " MiB; search its store's folder with --store, which is only looked at");
  }
  RESUS_TRY(auto depot, DepotClient::open(environment.files, data));
  RESUS_TRY(const auto found, run_job(environment, depot, request, stop));
  return found ? print_search(environment, *found) : kExitOk;
}

hw::Result<int> online_scrub(Environment& environment, const std::string& data, bool detach, const std::stop_token& stop) {
  RESUS_TRY(auto depot, DepotClient::open(environment.files, data));
  const JobRequest request{.target = "/api/v1/store/scrub", .body = {}, .verb = "reading the store again", .detach = detach};
  RESUS_TRY(const auto report, run_job(environment, depot, request, stop));
  return report ? print_scrub(environment, *report) : kExitOk;
}

}  // namespace resus::web
