// Machines, what is known of each, and what is done to them.
#include "web/depot/operator_sections.hpp"
#include "web/transport/problem.hpp"

namespace resus::depot {
namespace {

namespace json = boost::json;
using transport::Response;

/// Strong entity tag of a machine as it is now.
std::string revision_tag(const MachineRecord& record) { return '"' + std::to_string(record.rev) + '"'; }

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

bool wanted(const MachineRecord& r, const Call& call) {
  const auto condition = call.request.param("condition");
  const auto phase = call.request.param("phase");
  const auto q = call.request.param("q");
  if (!condition.empty() && condition != to_string(r.condition)) return false;
  if (!phase.empty() && phase != to_string(r.phase)) return false;
  return q.empty() || contains(r.slot, q) || contains(r.id, q) || contains(r.hostname, q) || contains(r.identity.smbios.product, q);
}

Result<Response> machines(OperatorServices& s, const Call& call, const Person&) {
  json::array machines;
  const auto limit = limit_of(call, 1000, 10'000);
  for (const auto& record : s.machines.all()) {
    if (machines.size() >= limit) break;
    if (wanted(record, call)) machines.emplace_back(machine_object(record, s.machines.live(record)));
  }
  return reply_json(json::object{{"machines", std::move(machines)}});
}

Result<Response> machine(OperatorServices& s, const Call& call, const Person&) {
  const auto record = s.machines.find(call.args[0]);
  if (!record) return hw::fail(hw::Code::kNotFound, "there is no machine " + call.args[0]);
  auto object = machine_object(*record, s.machines.live(*record));
  add_details(object, *record);
  if (auto* evidence = object["evidence"].if_object()) (*evidence)["stamp"] = s.stamper.state(record->evidence.id);
  RESUS_TRY(const auto entries, s.catalogue.timeline(record->id));
  json::array timeline;
  for (const auto& entry : entries) timeline.emplace_back(entry_object(entry));
  object["timeline"] = std::move(timeline);
  auto response = reply_json(object);
  response.headers.add("ETag", revision_tag(*record));
  return response;
}

Result<Response> machine_log(OperatorServices& s, const Call& call, const Person&) {
  RESUS_TRY(const auto stored, s.catalogue.log(call.args[0]));
  json::array lines;
  for (const auto& line : stored) lines.emplace_back(json::object{{"t", line.t}, {"level", line.level}, {"text", line.text}});
  return reply_json(json::object{{"lines", std::move(lines)}});
}

Result<Response> machine_evidence(OperatorServices& s, const Call& call, const Person&) {
  const auto record = s.machines.find(call.args[0]);
  if (!record || record->evidence.id.empty()) return hw::fail(hw::Code::kNotFound, "there is no verified evidence of " + call.args[0]);
  RESUS_TRY(auto envelope, s.store.record_envelope(record->evidence.id));
  return json_reply(std::move(envelope));
}

/// What If-Match comes to.
struct Precondition {
  std::optional<std::uint64_t> revision;  ///< the machine must still have it when it is changed
  std::optional<Response> refusal;        ///< the machine is not as it was shown
};

Result<Precondition> precondition(const OperatorServices& s, const Call& call) {
  const auto tag = call.request.headers.get("If-Match");
  if (tag.empty() || tag == "*") return Precondition{};
  RESUS_TRY(const auto request, parse_batch(call.request.body, s.machines));
  if (request.ids.size() != 1) return hw::fail(hw::Code::kBadInput, "If-Match is the revision of one machine, the batch has " + std::to_string(request.ids.size()));
  const auto record = s.machines.find(request.ids.front());
  if (!record) return hw::fail(hw::Code::kNotFound, "there is no machine " + request.ids.front());
  if (tag == revision_tag(*record)) return Precondition{.revision = record->rev, .refusal = {}};
  const auto now = record->id + " has changed since it was shown: it is " + std::string(to_string(record->phase)) + ", " +
                   std::string(to_string(record->condition)) + ", attempt " + std::to_string(record->attempt) + " now";
  auto refusal = transport::problem(hw::Code::kConflict, now, 412);
  refusal.headers.add("ETag", revision_tag(*record));
  return Precondition{.revision = {}, .refusal = std::move(refusal)};
}

Result<Response> post_batch(OperatorServices& s, const Call& call, const Person& person) {
  RESUS_TRY(auto condition, precondition(s, call));
  if (condition.refusal) return std::move(*condition.refusal);
  RESUS_TRY(const auto done, s.batches.run(call.request.body, person, condition.revision));
  return json_reply(done, 202);
}

Result<Response> get_batch(OperatorServices& s, const Call& call, const Person&) {
  RESUS_TRY(auto batch, s.catalogue.find_batch(call.args[0]));
  if (!batch) return hw::fail(hw::Code::kNotFound, "there is no batch " + call.args[0]);
  return json_reply(std::move(*batch));
}

}  // namespace

void add_machine_routes(OperatorRoutes& routes, OperatorServices& s) {
  const auto with = [&s](auto call) { return [&s, call](const Call& c, const Person& p) { return call(s, c, p); }; };
  routes.read("/api/v1/machines", with(machines));
  routes.read("/api/v1/machines/{}", with(machine));
  routes.read("/api/v1/machines/{}/log", with(machine_log));
  routes.read("/api/v1/machines/{}/evidence", with(machine_evidence));
  routes.write("POST", "/api/v1/batches", Role::kTechnician, with(post_batch));
  routes.read("/api/v1/batches/{}", with(get_batch));
}

}  // namespace resus::depot
