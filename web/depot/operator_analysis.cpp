// What investigators ask: differences, searches, reading the store again.
#include "web/analysis/search_request.hpp"
#include "web/depot/operator_sections.hpp"

namespace resus::depot {
namespace {

using transport::Response;

constexpr std::uint64_t kUsualPlaces = 100;

Result<Response> diff(OperatorServices& s, const Call& call, const Person& person) {
  RESUS_TRY(const auto object, messages::parse_object(call.request.body, "diff"));
  messages::Fields fields(object, "diff");
  analysis::DiffQuestion question{.id = call.args[0], .against = fields.text("against")};
  if (fields.has("blocks_only")) question.blocks_only = fields.flag("blocks_only");
  RESUS_TRY(fields.done());
  return accepted(s.analysis_jobs.diff(question, JobAsker{person.name}));
}

Result<Response> search(OperatorServices& s, const Call& call, const Person& person) {
  RESUS_TRY(const auto object, messages::parse_object(call.request.body, "search"));
  messages::Fields fields(object, "search");
  const auto limit = fields.has("limit") ? fields.number("limit", UINT32_MAX) : kUsualPlaces;
  RESUS_TRY(const auto wanted, analysis::wanted_from(fields));
  return accepted(s.analysis_jobs.search(wanted, std::clamp<std::uint64_t>(limit, 1, AnalysisJobs::kMostPlaces), JobAsker{person.name}));
}

Result<Response> scrub(OperatorServices& s, const Call&, const Person& person) { return accepted(s.analysis_jobs.scrub(JobAsker{person.name})); }

}  // namespace

void add_analysis_routes(OperatorRoutes& routes, OperatorServices& s) {
  const auto with = [&s](auto call) { return [&s, call](const Call& c, const Person& p) { return call(s, c, p); }; };
  routes.write("POST", "/api/v1/evidence/{}/diff", Role::kSupervisor, with(diff));
  routes.write("POST", "/api/v1/store/search", Role::kSupervisor, with(search));
  routes.write("POST", "/api/v1/store/scrub", Role::kTechnician, with(scrub));
}

}  // namespace resus::depot
