#include "web/depot/job_record.hpp"

#include <algorithm>

#include "hw/plain_text.hpp"
#include "web/depot/job_result.hpp"
#include "web/messages/fields.hpp"

namespace resus::depot {
namespace {

namespace json = boost::json;

/// A check of a disk in ruins names every place; the catalogue is not where they are looked up.
json::object shortened(json::object result) {
  shorten(result, kMostKeptEntries);
  return result;
}

json::value error_value(const std::optional<hw::Error>& error) {
  if (!error) return nullptr;
  return json::object{{"code", hw::info(error->code).id}, {"context", hw::shown_text(error->context.substr(0, messages::kLongText))}};
}

std::optional<hw::Error> read_error(messages::Fields& fields) {
  const auto code = fields.text("code");
  auto context = fields.text("context", messages::kLongText);
  const auto* row = hw::find_code(code);
  if (row != nullptr) return hw::make_error(row->code, std::move(context));
  fields.refuse("code", "a known code");
  return std::nullopt;
}

Result<JobState> state_from(std::string_view word) {
  for (const auto state : {JobState::kWaiting, JobState::kRunning, JobState::kDone, JobState::kFailed, JobState::kCancelled, JobState::kInterrupted}) {
    if (to_string(state) == word) return state;
  }
  return hw::fail(hw::Code::kBadInput, "job.state: unknown word " + std::string(word));
}

}  // namespace

StoredJob stored_job(const Job& job) {
  const json::object object{{"id", job.id},
                            {"kind", job.what.kind},
                            {"subject", job.what.subject},
                            {"actor", job.what.actor},
                            {"unit", job.what.unit},
                            {"request", job.what.request},
                            {"state", to_string(job.state)},
                            {"done", job.done},
                            {"total", job.total},
                            {"created_at", job.created_at},
                            {"started_at", job.started_at},
                            {"finished_at", job.finished_at},
                            {"result", shortened(job.result)},
                            {"error", error_value(job.error)}};
  return {.id = job.id, .ended = job.ended(), .document = json::serialize(object)};
}

Result<Job> job_from_json(std::string_view document) {
  RESUS_TRY(const auto object, messages::parse_object(document, "job"));
  messages::Fields f(object, "job");
  Job job{.id = f.text("id"),
          .what = {.kind = f.text("kind"), .subject = f.text("subject", messages::kLongText), .actor = f.text("actor"), .unit = f.text("unit")},
          .done = f.number("done"), .total = f.number("total"), .created_at = f.text("created_at"), .started_at = f.text("started_at"),
          .finished_at = f.text("finished_at"), .result = {}, .error = {}};
  const auto state = f.text("state");
  f.object("request", [](messages::Fields&) {});
  f.object("result", [](messages::Fields&) {});
  if (const auto* why = object.if_contains("error"); why != nullptr && !why->is_null()) {
    f.object("error", [&](messages::Fields& inner) { job.error = read_error(inner); });
  }
  RESUS_TRY(f.done());
  RESUS_TRY(job.state, state_from(state));
  job.what.request = object.at("request").as_object();
  job.result = object.at("result").as_object();
  return job;
}

}  // namespace resus::depot
