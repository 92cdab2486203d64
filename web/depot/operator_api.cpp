#include "web/depot/operator_api.hpp"

#include <algorithm>
#include <charconv>

#include "hw/clock.hpp"
#include "web/depot/secrets.hpp"
#include "web/depot/ui_assets.hpp"
#include "web/messages/fields.hpp"
#include "web/transport/problem.hpp"

namespace resus::depot {
namespace {

namespace json = boost::json;
using transport::Response;

json::object entry_object(const TimelineEntry& entry) {
  return {{"t", time_value(entry.t_ms)}, {"actor", entry.actor}, {"action", entry.action}, {"text", entry.text},
          {"machine_id", entry.machine_id}, {"code", entry.code.empty() ? json::value(nullptr) : json::value(entry.code)}};
}

std::size_t limit_of(const Call& call, std::size_t fallback, std::size_t most) {
  const auto text = call.request.param("limit");
  std::size_t value = fallback;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return std::clamp<std::size_t>(value, 1, most);
}

Response reply_json(const json::value& value, unsigned status = 200) { return json_reply(json::serialize(value), status); }

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

bool wanted(const MachineRecord& r, const Call& call) {
  const auto condition = call.request.param("condition");
  const auto phase = call.request.param("phase");
  const auto q = call.request.param("q");
  if (!condition.empty() && condition != to_string(r.condition)) return false;
  if (!phase.empty() && phase != to_string(r.phase)) return false;
  return q.empty() || contains(r.slot, q) || contains(r.id, q) || contains(r.hostname, q) || contains(r.identity.smbios.product, q);
}

}  // namespace

std::string hello_json(const Machines& machines, const EventHub& events, const hw::Clock& clock) {
  return json::serialize(json::object{{"v", 1}, {"boot", events.boot()}, {"rev", machines.rev()},
                                      {"server_time", hw::to_rfc3339(clock.now())}, {"hb_s", 5}, {"ui", ui_tree_hash()}});
}

std::string machine_event_json(const MachineRecord& record, const LiveFacts& live) {
  return json::serialize(machine_object(record, live));
}

void OperatorApi::read(Router& router, const char* pattern, Method call) {
  router.add("GET", pattern, [this, call](const Call& c) {
    return reply([&]() -> Result<Response> {
      RESUS_TRY(const auto person, s_.sign_in.who(c.request));
      return (this->*call)(c, person);
    }());
  });
}

void OperatorApi::write(Router& router, const char* method, const char* pattern, Role least, Method call) {
  router.add(method, pattern, [this, call, least](const Call& c) {
    return reply([&]() -> Result<Response> {
      RESUS_TRY(const auto person, s_.sign_in.who(c.request));
      RESUS_TRY(SignIn::check_write(c.request, person));
      if (person.role < least) {
        return transport::problem(hw::Code::kUnauthorized, "this needs the role " + std::string(to_string(least)), 403);
      }
      return (this->*call)(c, person);
    }());
  });
}

void OperatorApi::add_routes(Router& router) {
  router.add("POST", "/api/v1/session", [this](const Call& c) { return reply(sign_in(c)); });
  router.add("GET", "/healthz", [](const Call&) { return transport::text_response(200, "text/plain", "ok\n"); });
  router.add("GET", "/readyz", [this](const Call&) { return ready(); });
  router.add("GET", "/metrics", [this](const Call&) { return metrics(); });
  read(router, "/api/v1/session", &OperatorApi::session);
  write(router, "DELETE", "/api/v1/session", Role::kWall, &OperatorApi::sign_out);
  read(router, "/api/v1/snapshot", &OperatorApi::snapshot);
  read(router, "/api/v1/machines", &OperatorApi::machines);
  read(router, "/api/v1/machines/{}", &OperatorApi::machine);
  read(router, "/api/v1/machines/{}/log", &OperatorApi::machine_log);
  read(router, "/api/v1/machines/{}/evidence", &OperatorApi::machine_evidence);
  read(router, "/api/v1/events", &OperatorApi::events);
  write(router, "POST", "/api/v1/batches", Role::kTechnician, &OperatorApi::post_batch);
  read(router, "/api/v1/batches/{}", &OperatorApi::get_batch);
  read(router, "/api/v1/images", &OperatorApi::images);
  read(router, "/api/v1/backups", &OperatorApi::backups);
  read(router, "/api/v1/evidence", &OperatorApi::evidence);
  read(router, "/api/v1/audit", &OperatorApi::audit);
  read(router, "/api/v1/help/{}", &OperatorApi::help);
  read(router, "/api/v1/plan", &OperatorApi::plan);
  write(router, "PUT", "/api/v1/plan", Role::kSupervisor, &OperatorApi::set_plan);
}

Result<Response> OperatorApi::sign_in(const Call& call) {
  const Person browser;
  RESUS_TRY(SignIn::check_write(call.request, browser));
  RESUS_TRY(const auto object, messages::parse_object(call.request.body, "session"));
  messages::Fields fields(object, "session");
  const auto user = fields.text("user");
  const auto password = fields.text("password");
  RESUS_TRY(fields.done());
  auto signed_in = s_.sign_in.sign_in(user, password, call.request.client_address);
  if (!signed_in && signed_in.error().code == hw::Code::kNetwork) {
    return transport::problem(hw::Code::kUnauthorized, signed_in.error().context, 429);
  }
  RESUS_TRY(const auto person, std::move(signed_in));
  auto response = reply_json(json::object{{"user", person.first.name}, {"role", to_string(person.first.role)}});
  response.headers.add("Set-Cookie", "__Host-resus=" + person.second + "; Path=/; Secure; HttpOnly; SameSite=Strict");
  return response;
}

Result<Response> OperatorApi::session(const Call&, const Person& person) {
  return reply_json(json::object{{"user", person.name}, {"role", to_string(person.role)}});
}

Result<Response> OperatorApi::sign_out(const Call& call, const Person&) {
  RESUS_TRY(s_.sign_in.sign_out(call.request));
  auto response = no_content();
  response.headers.add("Set-Cookie", "__Host-resus=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0");
  return response;
}

json::object OperatorApi::plan_object() const {
  const auto plan = s_.approvals.plan();
  json::object object{{"image_id", nullptr}, {"image_name", nullptr}, {"backup_id", nullptr}, {"auto_approve", plan.auto_approve}};
  if (const auto image = s_.store.find_image(plan.image); image) {
    object["image_id"] = image.value().manifest.id;
    object["image_name"] = image.value().manifest.name;
  }
  if (const auto backup = s_.backups.find(plan.backup); backup) object["backup_id"] = backup.value().id;
  return object;
}

Result<Response> OperatorApi::snapshot(const Call&, const Person&) {
  const auto rev = s_.machines.rev();  // before the machines: what changes meanwhile comes as an event, too
  json::array machines;
  for (const auto& record : s_.machines.all()) machines.emplace_back(machine_object(record, s_.machines.live(record)));
  return reply_json(json::object{{"rev", rev}, {"boot", s_.events.boot()}, {"server_time", hw::to_rfc3339(s_.clock.now())},
                                 {"incident", json::object{{"name", s_.incident}}}, {"depot", s_.depot_state()},
                                 {"machines", std::move(machines)}, {"plan", plan_object()}});
}

Result<Response> OperatorApi::machines(const Call& call, const Person&) {
  json::array machines;
  const auto limit = limit_of(call, 1000, 10'000);
  for (const auto& record : s_.machines.all()) {
    if (machines.size() >= limit) break;
    if (wanted(record, call)) machines.emplace_back(machine_object(record, s_.machines.live(record)));
  }
  return reply_json(json::object{{"machines", std::move(machines)}});
}

Result<Response> OperatorApi::machine(const Call& call, const Person&) {
  const auto record = s_.machines.find(call.args[0]);
  if (!record) return hw::fail(hw::Code::kNotFound, "there is no machine " + call.args[0]);
  auto object = machine_object(*record, s_.machines.live(*record));
  add_details(object, *record);
  RESUS_TRY(const auto entries, s_.catalogue.timeline(record->id));
  json::array timeline;
  for (const auto& entry : entries) timeline.emplace_back(entry_object(entry));
  object["timeline"] = std::move(timeline);
  return reply_json(object);
}

Result<Response> OperatorApi::machine_log(const Call& call, const Person&) {
  RESUS_TRY(const auto stored, s_.catalogue.log(call.args[0]));
  json::array lines;
  for (const auto& line : stored) lines.emplace_back(json::object{{"t", line.t}, {"level", line.level}, {"text", line.text}});
  return reply_json(json::object{{"lines", std::move(lines)}});
}

Result<Response> OperatorApi::machine_evidence(const Call& call, const Person&) {
  const auto record = s_.machines.find(call.args[0]);
  if (!record || record->evidence.id.empty()) return hw::fail(hw::Code::kNotFound, "there is no verified evidence of " + call.args[0]);
  RESUS_TRY(auto envelope, s_.store.record_envelope(record->evidence.id));
  return json_reply(std::move(envelope));
}

Result<Response> OperatorApi::events(const Call& call, const Person&) {
  auto stream = s_.events.subscribe(hello_json(s_.machines, s_.events, s_.clock), call.request.headers.get("Last-Event-ID"));
  if (!stream) return hw::failure(stream.error());
  Response response;
  response.headers.add("Content-Type", "text/event-stream");
  response.headers.add("Cache-Control", "no-store");
  response.body = std::move(stream).value();
  return response;
}

Result<Response> OperatorApi::post_batch(const Call& call, const Person& person) {
  const std::string key(call.request.headers.get("Idempotency-Key"));
  const auto fingerprint = sha256_hex(person.name + "\n" + call.request.body);
  if (!key.empty()) {
    RESUS_TRY(const auto known, s_.catalogue.find_reply(key));
    if (known && known->fingerprint != fingerprint) return hw::fail(hw::Code::kConflict, "this Idempotency-Key was used for another request");
    if (known) return json_reply(known->body, known->status);
  }
  RESUS_TRY(const auto done, s_.batches.run(call.request.body, person));
  if (!key.empty()) {
    RESUS_TRY(s_.catalogue.remember_reply(key, {fingerprint, 202, done}));
  }
  return json_reply(done, 202);
}

Result<Response> OperatorApi::get_batch(const Call& call, const Person&) {
  RESUS_TRY(auto batch, s_.catalogue.find_batch(call.args[0]));
  if (!batch) return hw::fail(hw::Code::kNotFound, "there is no batch " + call.args[0]);
  return json_reply(std::move(*batch));
}

Result<Response> OperatorApi::images(const Call&, const Person&) {
  json::array images;
  for (const auto& info : s_.store.images()) {
    const auto& m = info.manifest;
    images.emplace_back(json::object{{"id", m.id}, {"name", m.name}, {"disk_bytes", m.disk_bytes}, {"stored_bytes", info.stored_bytes},
                                     {"root", to_hex(m.root)}, {"created_at", m.created_at}, {"boot_mode", m.boot_mode}, {"verified", nullptr}});
  }
  return reply_json(json::object{{"images", std::move(images)}});
}

Result<Response> OperatorApi::backups(const Call&, const Person&) {
  RESUS_TRY(const auto all, s_.backups.list());
  json::array backups;
  for (const auto& b : all) {
    backups.emplace_back(json::object{{"id", b.id}, {"name", b.name}, {"format", b.format}, {"bytes", b.bytes}, {"files", b.files},
                                      {"exclusions", b.exclusions}, {"created_at", b.created_at}, {"verdict", b.malware_scan}});
  }
  return reply_json(json::object{{"backups", std::move(backups)}});
}

Result<Response> OperatorApi::evidence(const Call&, const Person&) {
  json::array list;
  for (const auto& info : s_.store.evidence()) {
    const auto& r = info.record;
    const auto machine = s_.machines.find(r.context.machine_id);
    list.emplace_back(json::object{
        {"id", info.id}, {"machine_id", r.context.machine_id}, {"slot", machine ? machine->slot : ""},
        {"host", machine ? machine->hostname : ""}, {"disk_serial", machine ? machine->disk.serial : ""},
        {"root", to_hex(r.root)}, {"sha256", to_hex(r.sha256)}, {"bytes_read", r.bytes_read}, {"bytes_added", r.bytes_added},
        {"bytes_known", r.bytes_known}, {"unreadable", r.unreadable_bytes}, {"state", r.verified_at.empty() ? "copied" : "verified"}, {"finished_at", r.verified_at}});
  }
  return reply_json(json::object{{"evidence", std::move(list)}});
}

Result<Response> OperatorApi::audit(const Call& call, const Person&) {
  const auto limit = limit_of(call, 200, 5000);
  const std::string machine(call.request.param("machine"));
  std::vector<TimelineEntry> entries;
  if (machine.empty()) {
    RESUS_TRY(entries, s_.catalogue.recent(limit));
  } else {
    RESUS_TRY(entries, s_.catalogue.timeline(machine));
    std::ranges::reverse(entries);
    entries.resize(std::min(entries.size(), limit));
  }
  json::array list;
  for (const auto& entry : entries) list.emplace_back(entry_object(entry));
  return reply_json(json::object{{"head", imaging::to_string(s_.custody.head())}, {"entries", std::move(list)}});
}

Result<Response> OperatorApi::help(const Call& call, const Person&) {
  const auto* row = hw::find_code(call.args[0]);
  if (row == nullptr) return hw::fail(hw::Code::kNotFound, "there is no code " + call.args[0]);
  return reply_json(json::object{{"code", row->id}, {"what_happened", row->what_happened}, {"safe", row->what_is_safe}, {"next_action", row->next_action}});
}

Result<Response> OperatorApi::plan(const Call&, const Person&) { return reply_json(plan_object()); }

Result<Response> OperatorApi::set_plan(const Call& call, const Person& person) {
  RESUS_TRY(const auto object, messages::parse_object(call.request.body, "plan"));
  messages::Fields fields(object, "plan");
  PlanConfig plan = s_.approvals.plan();
  if (fields.has("image")) plan.image = fields.text("image");
  if (fields.has("backup")) plan.backup = fields.text("backup");
  RESUS_TRY(fields.done());
  RESUS_TRY(s_.approvals.set_plan(plan));
  RESUS_TRY(s_.custody.append({.actor = person.name, .machine = {}, .action = "plan.set", .reason = {},
                               .details = json::serialize(json::object{{"image", plan.image}, {"backup", plan.backup}})}));
  return reply_json(plan_object());
}

Response OperatorApi::ready() {
  const auto statistics = s_.store.statistics();
  if (!statistics) return transport::problem(hw::Code::kNetwork, "the store does not answer", 503);
  if (statistics.value().below_reserve) return transport::problem(hw::Code::kSpace, "the evidence disk is full", 503);
  return transport::text_response(200, "text/plain", "ready\n");
}

Response OperatorApi::metrics() {
  std::string text;
  const auto line = [&text](std::string_view name, std::uint64_t value) { text += std::string(name) + " " + std::to_string(value) + "\n"; };
  if (const auto s = s_.store.statistics()) {
    line("resus_store_pack_bytes", s.value().pack_bytes);
    line("resus_store_blocks_known", s.value().blocks_known);
    line("resus_store_free_bytes", s.value().space.free_bytes);
    line("resus_acquisitions_in_progress", s.value().sessions);
  }
  line("resus_event_listeners", s_.events.listeners());
  const auto machines = s_.machines.all();
  for (const auto& row : imaging::phases()) {
    const auto count = std::ranges::count(machines, row.phase, &MachineRecord::phase);
    line("resus_machines{phase=\"" + std::string(row.word) + "\"}", static_cast<std::uint64_t>(count));
  }
  return transport::text_response(200, "text/plain; version=0.0.4", std::move(text));
}

}  // namespace resus::depot
