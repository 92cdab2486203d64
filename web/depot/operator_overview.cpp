// The room as a whole: snapshot, events, audit, plan, and what monitoring asks.
#include <algorithm>

#include "hw/clock.hpp"
#include "web/depot/metrics.hpp"
#include "web/depot/operator_sections.hpp"
#include "web/depot/ui_assets.hpp"
#include "web/messages/fields.hpp"
#include "web/transport/problem.hpp"

namespace resus::depot {
namespace {

namespace json = boost::json;
using transport::Response;

json::object plan_object(const OperatorServices& s) {
  const auto plan = s.approvals.plan();
  json::object object{{"image_id", nullptr}, {"image_name", nullptr}, {"backup_id", nullptr}, {"require_scan", plan.require_scan},
                      {"auto_approve", plan.auto_approve}};
  if (const auto image = s.store.find_image(plan.image); image) {
    object["image_id"] = image.value().manifest.id;
    object["image_name"] = image.value().manifest.name;
  }
  if (const auto backup = s.backups.find(plan.backup); backup) object["backup_id"] = backup.value().id;
  return object;
}

Result<Response> snapshot(OperatorServices& s, const Call&, const Person&) {
  const auto rev = s.machines.seq();  // before the machines: what changes meanwhile comes as an event, too
  json::array machines;
  for (const auto& record : s.machines.all()) machines.emplace_back(machine_object(record, s.machines.live(record)));
  return reply_json(json::object{{"rev", rev}, {"boot", s.events.boot()}, {"server_time", hw::to_rfc3339(s.clock.now())},
                                 {"incident", json::object{{"name", s.incident}}}, {"depot", s.depot_state()},
                                 {"machines", std::move(machines)}, {"plan", plan_object(s)}});
}

Result<Response> events(OperatorServices& s, const Call& call, const Person& person) {
  auto stream = s.events.subscribe(hello_json(s.machines, s.events, s.clock), call.request.headers.get("Last-Event-ID"), person.name);
  if (!stream) return hw::failure(stream.error());
  Response response;
  response.headers.add("Content-Type", "text/event-stream");
  response.headers.add("Cache-Control", "no-store");
  response.body = std::move(stream).value();
  const auto still = s.sign_in.who(call.request);  // removed since it was asked first: end() knew nothing of this stream
  if (!still) return hw::failure(still.error());
  return response;
}

Result<Response> audit(OperatorServices& s, const Call& call, const Person&) {
  const auto limit = limit_of(call, 200, 5000);
  const std::string machine(call.request.param("machine"));
  std::vector<TimelineEntry> entries;
  if (machine.empty()) {
    RESUS_TRY(entries, s.catalogue.recent(limit));
  } else {
    RESUS_TRY(entries, s.catalogue.timeline(machine));
    std::ranges::reverse(entries);
    entries.resize(std::min(entries.size(), limit));
  }
  json::array list;
  for (const auto& entry : entries) list.emplace_back(entry_object(entry));
  return reply_json(json::object{{"head", imaging::to_string(s.custody.head())}, {"entries", std::move(list)}});
}

Result<Response> help(const Call& call, const Person&) {
  const auto* row = hw::find_code(call.args[0]);
  if (row == nullptr) return hw::fail(hw::Code::kNotFound, "there is no code " + call.args[0]);
  return reply_json(json::object{{"code", row->id}, {"what_happened", row->what_happened}, {"safe", row->what_is_safe}, {"next_action", row->next_action}});
}

Result<Response> plan(OperatorServices& s, const Call&, const Person&) { return reply_json(plan_object(s)); }

Result<Response> set_plan(OperatorServices& s, const Call& call, const Person& person) {
  RESUS_TRY(const auto object, messages::parse_object(call.request.body, "plan"));
  messages::Fields fields(object, "plan");
  PlanConfig plan = s.approvals.plan();
  if (fields.has("image")) plan.image = fields.text("image");
  if (fields.has("backup")) plan.backup = fields.text("backup");
  if (fields.has("require_scan")) plan.require_scan = fields.flag("require_scan");
  RESUS_TRY(fields.done());
  RESUS_TRY(s.approvals.set_plan(plan));
  RESUS_TRY(s.custody.append({.actor = person.name, .machine = {}, .action = "plan.set", .reason = {},
                               .details = json::serialize(json::object{{"image", plan.image}, {"backup", plan.backup},
                                                                         {"require_scan", plan.require_scan}})}));
  return reply_json(plan_object(s));
}

Response ready(const OperatorServices& s) {
  const auto statistics = s.store.statistics();
  if (!statistics) return transport::problem(hw::Code::kNetwork, "the store does not answer", 503);
  if (statistics.value().below_reserve) return transport::problem(hw::Code::kSpace, "the evidence disk is full", 503);
  return transport::text_response(200, "text/plain", "ready\n");
}

Response metrics(const OperatorServices& s) {
  MetricsText text;
  if (const auto found = s.store.statistics()) {
    const auto& store = found.value();
    text.gauge("resus_store_pack_bytes", "Bytes of all packs of the evidence store.", store.pack_bytes);
    text.gauge("resus_store_blocks_known", "Blocks of 4 KiB the index knows.", store.blocks_known);
    text.gauge("resus_store_free_bytes", "Free bytes of the evidence disk.", store.space.free_bytes);
    text.gauge("resus_acquisitions_in_progress", "Forensic copies that are being received.", store.sessions);
  }
  text.gauge("resus_event_listeners", "Open event streams of pages.", s.events.listeners());
  const auto machines = s.machines.all();
  std::vector<std::pair<std::string, std::uint64_t>> counts;
  for (const auto& row : imaging::phases()) {
    counts.emplace_back(row.word, static_cast<std::uint64_t>(std::ranges::count(machines, row.phase, &MachineRecord::phase)));
  }
  text.gauges("resus_machines", "Machines by the phase of their recovery.", "phase", counts);
  return transport::text_response(200, kMetricsType, text.take());
}

}  // namespace

std::string hello_json(const Machines& machines, const EventHub& events, const hw::Clock& clock) {
  return json::serialize(json::object{{"v", 1}, {"boot", events.boot()}, {"rev", machines.seq()},
                                      {"server_time", hw::to_rfc3339(clock.now())}, {"hb_s", 5}, {"ui", ui_tree_hash()}});
}

std::string machine_event_json(const MachineRecord& record, const LiveFacts& live) {
  return json::serialize(machine_object(record, live));
}

void add_overview_routes(OperatorRoutes& routes, OperatorServices& s) {
  const auto with = [&s](auto call) { return [&s, call](const Call& c, const Person& p) { return call(s, c, p); }; };
  routes.open("GET", "/healthz", [](const Call&) { return transport::text_response(200, "text/plain", "ok\n"); });
  routes.open("GET", "/readyz", [&s](const Call&) { return ready(s); });
  routes.open("GET", "/metrics", [&s](const Call&) { return metrics(s); });
  routes.read("/api/v1/snapshot", with(snapshot), Role::kWall);
  routes.read("/api/v1/events", with(events), Role::kWall);
  routes.read("/api/v1/audit", with(audit));
  routes.read("/api/v1/help/{}", help, Role::kWall);
  routes.read("/api/v1/plan", with(plan));
  routes.write("PUT", "/api/v1/plan", Role::kSupervisor, with(set_plan));
}

}  // namespace resus::depot
