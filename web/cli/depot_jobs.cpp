#include "web/cli/depot_jobs.hpp"

#include <filesystem>

#include "imaging/retry.hpp"
#include "web/cli/progress_line.hpp"
#include "web/cli/reports.hpp"

namespace resus::web {
namespace json = boost::json;
namespace {

using namespace std::chrono_literals;
constexpr std::chrono::milliseconds kFirstLook = 50ms;
constexpr std::chrono::milliseconds kLongestLook = 1s;

void show(Environment& environment, ProgressLine& line, const json::object& job, const std::string& verb) {
  const auto done = number_field(job, "done");
  const auto total = number_field(job, "total");
  if (text_field(job, "state") == "waiting") {
    environment.output.progress(verb + ": waiting for another job of the depot to end");
  } else if (text_field(job, "unit") == "bytes") {
    line.progress({.done_bytes = done, .total_bytes = total});
  } else {
    environment.output.progress(verb + " " + std::to_string(done) + " of " + std::to_string(total) + " " + text_field(job, "unit"));
  }
}

hw::Error interrupted(DepotClient& depot, const std::string& id) {
  auto error = hw::make_error(hw::Code::kCancelled, "interrupted; the depot was asked to stop " + id);
  if (auto cancelled = depot.remove("/api/v1/jobs/" + id); !cancelled) error.secondary.push_back(cancelled.error().to_string());
  return error;
}

}  // namespace

hw::Result<std::string> absolute_path(const std::string& source) {
  std::error_code problem;
  const auto path = std::filesystem::absolute(source, problem);
  if (problem) return hw::fail(hw::Code::kUsage, source + ": " + problem.message());
  return path.lexically_normal().string();
}

std::string text_field(const json::object& object, std::string_view key) {
  const auto* field = object.if_contains(key);
  return field != nullptr && field->is_string() ? std::string(field->as_string()) : std::string();
}

std::uint64_t number_field(const json::object& object, std::string_view key) {
  const auto* field = object.if_contains(key);
  if (field == nullptr || !field->is_number()) return 0;
  boost::system::error_code ec;
  const auto number = field->to_number<std::uint64_t>(ec);
  return ec ? 0 : number;
}

hw::Result<json::object> object_of(const json::value& answer, std::string_view what) {
  if (const auto* object = answer.if_object()) return *object;
  return hw::fail(hw::Code::kProtocol, "the depot's answer is no " + std::string(what));
}

hw::Result<json::array> list_of(const json::value& answer, std::string_view key) {
  const auto* object = answer.if_object();
  const auto* list = object != nullptr ? object->if_contains(key) : nullptr;
  if (list != nullptr && list->is_array()) return list->as_array();
  return hw::fail(hw::Code::kProtocol, "the depot's answer has no list of " + std::string(key));
}

hw::Error job_error(const json::object& job) {
  const auto* problem = job.if_contains("problem");
  const auto object = problem != nullptr && problem->is_object() ? problem->as_object() : json::object();
  const auto* row = hw::find_code(text_field(object, "code"));
  const auto id = text_field(job, "id");
  if (row == nullptr) return hw::make_error(hw::Code::kProtocol, id + " ended without saying why");
  return hw::make_error(row->code, id + ": " + text_field(object, "detail"));
}

hw::Result<std::optional<json::object>> run_job(Environment& environment, DepotClient& depot, const JobRequest& request,
                                                const std::stop_token& stop) {
  RESUS_TRY(const auto begun, depot.post(request.target, request.body));
  RESUS_TRY(auto job, object_of(begun, "job"));
  const auto id = text_field(job, "id");
  if (request.detach) {
    environment.output.print(job, [&] { return "Job " + id + " is " + text_field(job, "state") + "; see resus job show " + id; });
    return std::optional<json::object>();
  }
  ProgressLine line(environment, request.verb);
  for (auto wait = kFirstLook;; wait = std::min(2 * wait, kLongestLook)) {
    const auto state = text_field(job, "state");
    if (state == "done") break;
    if (state == "failed" || state == "cancelled" || state == "interrupted") return hw::failure(job_error(job));
    show(environment, line, job, request.verb);
    if (!imaging::pause_for(wait, stop)) return hw::failure(interrupted(depot, id));
    RESUS_TRY(const auto seen, depot.get("/api/v1/jobs/" + id));
    RESUS_TRY(job, object_of(seen, "job"));
  }
  RESUS_TRY(auto result, object_of(job["result"], "result"));
  return std::optional(std::move(result));
}

}  // namespace resus::web
