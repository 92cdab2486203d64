#include "web/depot/agent_api.hpp"

#include "imaging/wire.hpp"
#include "web/depot/agent_call.hpp"
#include "web/depot/machine_rules.hpp"
#include "web/depot/secrets.hpp"
#include "web/messages/acquisition.hpp"
#include "web/messages/enrol.hpp"
#include "web/messages/key_handovers.hpp"
#include "web/messages/recovery.hpp"
#include "web/messages/task.hpp"
#include "web/transport/problem.hpp"

namespace resus::depot {
namespace {

using transport::Response;

std::chrono::milliseconds patience_of(const Call& call) {
  const auto seconds = std::min<std::uint64_t>(number_or(call.request.param("wait"), 0), 30);
  return std::chrono::seconds(seconds);
}

/// "2 files with malware were left out: a.exe (malware: Worm), b.exe (malware: Worm)."
std::string malware_sentence(const messages::Restored& report) {
  constexpr std::size_t kNamed = 5;
  if (report.infected == 0) return {};
  std::string text = std::to_string(report.infected) + " files with malware were left out:";
  for (std::size_t i = 0; i < report.malware.size() && i < kNamed; ++i) {
    text += (i == 0 ? " " : ", ") + report.malware[i].path + " (" + report.malware[i].why + ")";
  }
  return text + (report.infected > kNamed ? " and more, see the backup" : "");
}

Actor agent_of(const MachineRecord& machine, std::string action) { return {"agent " + machine.id, std::move(action)}; }

}  // namespace

std::uint64_t AgentApi::body_limit(const transport::RequestHead& head) const {
  if (!s_.machines.is_approved(head.peer_key)) return messages::kMaxEnrolBytes;
  if (head.target.ends_with("/frames")) return imaging::kMaxFrameMessageBytes;
  if (head.target.ends_with("/offers")) return imaging::kMaxOfferMessageBytes;
  return messages::kMaxMessageBytes;
}

void AgentApi::add(Router& router, const char* method, const char* pattern, Method call) {
  router.add(method, pattern, [this, call](const Call& c) {
    return reply([&]() -> Result<Response> {
      RESUS_TRY(const auto machine, caller(c));
      return (this->*call)(c, machine);
    }());
  });
}

void AgentApi::add_routes(Router& router) {
  router.add("POST", "/agent/v1/enrol", [this](const Call& c) { return reply(enrol(c)); });
  router.add_later("GET", "/agent/v1/task", [this](const Call& c, const auto& respond) { task(c, respond); });
  router.add_later("GET", "/agent/v1/acquisitions/{}", [this](const Call& c, const auto& respond) { acquisition(c, respond); });
  const auto to_session = [this](auto method) {
    return [this, method](const Call& c, const transport::Responder& respond) {
      const auto machine = caller(c);
      if (!machine) return respond(transport::problem(machine.error()));
      (s_.acquisitions.*method)(machine.value(), c.args[0], c.request.body, respond);
    };
  };
  router.add_later("POST", "/agent/v1/acquisitions/{}/offers", to_session(&Acquisitions::offers));
  router.add_later("POST", "/agent/v1/acquisitions/{}/frames", to_session(&Acquisitions::frame));
  add(router, "POST", "/agent/v1/progress", &AgentApi::progress);
  add(router, "POST", "/agent/v1/log", &AgentApi::log);
  add(router, "POST", "/agent/v1/trouble", &AgentApi::trouble);
  add(router, "POST", "/agent/v1/acquisitions", &AgentApi::begin);
  add(router, "POST", "/agent/v1/acquisitions/{}/finish", &AgentApi::finish);
  add(router, "GET", "/agent/v1/keys", &AgentApi::keys);
  add(router, "GET", "/agent/v1/permit", &AgentApi::permit);
  add(router, "GET", "/agent/v1/images/{}/manifest", &AgentApi::image_manifest);
  add(router, "GET", "/agent/v1/images/{}/nodes", &AgentApi::image_nodes);
  add(router, "GET", "/agent/v1/images/{}/segments/{}", &AgentApi::image_segments);
  add(router, "GET", "/agent/v1/deploy-plan", &AgentApi::deploy_plan);
  add(router, "POST", "/agent/v1/deployed", &AgentApi::deployed);
  add(router, "GET", "/agent/v1/restore", &AgentApi::restore);
  add(router, "GET", "/agent/v1/backups/{}/archive", &AgentApi::backup_archive);
  add(router, "GET", "/agent/v1/backups/{}/manifest", &AgentApi::backup_manifest);
  add(router, "POST", "/agent/v1/restored", &AgentApi::restored);
}

Result<MachineRecord> AgentApi::caller(const Call& call) const {
  auto machine = s_.machines.find_by_agent(call.request.peer_key);
  if (!machine) return hw::fail(hw::Code::kUnauthorized, "this agent is not known: enrol first");
  if (machine->agent.key != call.request.peer_key || !machine->agent.approved) {
    return hw::fail(hw::Code::kNotApproved, "this agent waits for approval");
  }
  s_.machines.heard(machine->id, call.request.client_address);
  return std::move(*machine);
}

Result<Response> AgentApi::enrol(const Call& call) {
  RESUS_TRY(const auto request, messages::decode<messages::EnrolRequest>(call.request.body));
  RESUS_TRY(const auto id, machine_id_of(request.identity));
  const AgentFacts facts{.agent = {.key = call.request.peer_key, .boot_id = request.boot_id, .approved = false,
                             .build = request.build, .status_url = request.status_url},
                   .identity = request.identity, .disks = request.disks,
                   .ticket_ms = s_.ticket_issued_ms(request.ticket, request.identity),
                   .now_ms = s_.clock.now().time_since_epoch().count()};
  auto enrolled = s_.machines.enrol(id, call.request.client_address, [&](MachineRecord& r) { return depot::enrol(r, facts); });
  if (!enrolled && enrolled.error().code == hw::Code::kIdentity) {
    RESUS_TRY(s_.machines.change(id, {.name = "depot", .action = "refuse", .stranger = true}, [&](MachineRecord& r) {
      return pretender_refused(r, call.request.peer_key, call.request.client_address, facts.now_ms);
    }));
  }
  RESUS_TRY(auto machine, std::move(enrolled));
  if (machine.agent.key == call.request.peer_key) s_.machines.heard(id, call.request.client_address);
  else s_.machines.heard_pending(id);
  s_.approvals.approve_by_plan(id);
  machine = s_.machines.find(id).value_or(machine);
  const messages::EnrolReply answer{.machine_id = id, .short_code = s_.machines.live(machine).short_code,
                                    .slot = machine.slot, .heartbeat_s = 5};
  return json_reply(messages::encode(answer));
}

void AgentApi::task(const Call& call, const transport::Responder& respond) {
  const std::string key = call.request.peer_key;
  const std::string seen(call.request.param("seen"));
  const std::string address = call.request.client_address;
  const auto ask = [this, key, seen](bool last_chance) -> std::optional<Response> {
    const auto machine = s_.machines.find_by_agent(key);
    if (!machine) return transport::problem(hw::Code::kUnauthorized, "this agent is not known: enrol first");
    const auto task = task_of(*machine, s_.machines.live(*machine), key);
    if (task.task_id == seen && !last_chance) return std::nullopt;
    return json_reply(messages::encode(task));
  };
  if (const auto machine = s_.machines.find_by_agent(key)) {
    if (machine->agent.key == key) s_.machines.heard(machine->id, address);
    else s_.machines.heard_pending(machine->id);
  }
  s_.polls.wait(patience_of(call), ask, respond);
}

Result<Response> AgentApi::progress(const Call& call, const MachineRecord& machine) {
  RESUS_TRY(const auto progress, messages::decode<messages::Progress>(call.request.body));
  RESUS_TRY(same_attempt(machine, progress.attempt));
  s_.machines.set_progress(machine.id, progress);
  const bool cancel = machine.condition == imaging::Condition::kCancelled || !may_go_on(machine);
  return json_reply(messages::encode(messages::ProgressReply{.cancel = cancel}));
}

Result<Response> AgentApi::log(const Call& call, const MachineRecord& machine) {
  RESUS_TRY(const auto batch, messages::decode<messages::LogBatch>(call.request.body));
  std::vector<StoredLogLine> lines;
  for (const auto& line : batch.lines) lines.push_back({line.t, line.level, line.text});
  RESUS_TRY(s_.catalogue.append_log(machine.id, lines));
  return no_content();
}

Result<Response> AgentApi::trouble(const Call& call, const MachineRecord& machine) {
  RESUS_TRY(const auto report, messages::decode<messages::Trouble>(call.request.body));
  RESUS_TRY(s_.machines.change(machine.id, agent_of(machine, "trouble"), [&](MachineRecord& r) -> Result<std::string> {
    RESUS_TRY(same_attempt(r, report.attempt));
    return depot::trouble(r, report);
  }));
  return no_content();
}

Result<Response> AgentApi::begin(const Call& call, const MachineRecord& machine) {
  RESUS_TRY(const auto request, messages::decode<messages::BeginAcquisition>(call.request.body));
  RESUS_TRY(const auto begun, s_.acquisitions.begin(machine, request));
  return json_reply(messages::encode(begun));
}

Result<Response> AgentApi::finish(const Call& call, const MachineRecord& machine) {
  RESUS_TRY(const auto request, messages::decode<messages::FinishAcquisition>(call.request.body));
  RESUS_TRY(const auto status, s_.acquisitions.finish(machine, call.args[0], request.summary));
  return json_reply(messages::encode(status), 202);
}

void AgentApi::acquisition(const Call& call, const transport::Responder& respond) {
  const auto machine = caller(call);
  if (!machine) return respond(transport::problem(machine.error()));
  const auto record = machine.value();
  const auto id = call.args[0];
  s_.polls.wait(patience_of(call), [this, record, id](bool last_chance) -> std::optional<Response> {
    const auto status = s_.acquisitions.status(record, id);
    if (!status) return transport::problem(status.error());
    if (status.value().state == messages::AcquisitionState::kVerifying && !last_chance) return std::nullopt;
    return json_reply(messages::encode(status.value()));
  }, respond);
}

Result<Response> AgentApi::keys(const Call&, const MachineRecord&) {
  return json_reply(messages::encode(messages::KeyHandovers{s_.key_handovers}));
}

Result<Response> AgentApi::permit(const Call& call, const MachineRecord& machine) {
  RESUS_TRY(check_attempt(call, machine));
  RESUS_TRY(auto envelope, s_.permits.permit_for(machine));
  return json_reply(std::move(envelope));
}

Result<Response> AgentApi::deployed(const Call& call, const MachineRecord& machine) {
  RESUS_TRY(const auto report, messages::decode<messages::Deployed>(call.request.body));
  RESUS_TRY(s_.machines.change(machine.id, agent_of(machine, "deployed"), [&](MachineRecord& r) -> Result<std::string> {
    RESUS_TRY(same_attempt(r, report.attempt));
    return depot::deployed(r, messages::encode(report));
  }));
  return no_content();
}

Result<Response> AgentApi::restore(const Call& call, const MachineRecord& machine) {
  RESUS_TRY(check_attempt(call, machine));
  RESUS_TRY(const auto current, s_.machines.change(machine.id, {"depot", "restore"}, [](MachineRecord& r) -> Result<std::string> {
    if (r.phase != imaging::Phase::kRestoring) return hw::fail(hw::Code::kConflict, "the machine is not restoring");
    if (r.phone_token.empty()) r.phone_token = random_hex(16);
    return std::string();
  }));
  RESUS_TRY(s_.scan_gate.pass(s_.machines, current));
  messages::RestorePlan plan;
  if (!current.backup_id.empty()) {
    RESUS_TRY(const auto backups, s_.backups.with_parts(current.backup_id));
    for (const auto& backup : backups) {
      plan.backups.push_back({.backup_id = backup.id, .format = backup.format, .bytes = backup.bytes,
                              .partition = backup.partition, .directory = backup.directory});
      if (backup.partition != 0) continue;
      RESUS_TRY(plan.backups.back().partition, s_.approvals.partition_for_files(current.image_id));
    }
  }
  const auto home = s_.phone_home();
  plan.personalise = {.hostname = current.hostname,
                      .phone_home = {.host = home.host, .port = home.port, .spki_sha256 = home.spki_sha256, .token = current.phone_token}};
  return json_reply(messages::encode(plan));
}

Result<Response> AgentApi::restored(const Call& call, const MachineRecord& machine) {
  RESUS_TRY(const auto report, messages::decode<messages::Restored>(call.request.body));
  auto counts = report;
  counts.malware.clear();  // the names stand in the history and in the backup's own page
  RESUS_TRY(s_.machines.change(machine.id, agent_of(machine, "restored"), [&](MachineRecord& r) -> Result<std::string> {
    RESUS_TRY(same_attempt(r, report.attempt));
    return depot::restored(r, messages::encode(counts), malware_sentence(report));
  }));
  return no_content();
}

Result<Response> AgentApi::phone_home(const Call& call) {
  RESUS_TRY(const auto message, messages::decode<messages::PhoneHome>(call.request.body));
  const auto machine = s_.machines.find_by_phone_token(message.token);
  if (!machine) return hw::fail(hw::Code::kUnauthorized, "no machine waits for this token");
  const auto now = s_.clock.now().time_since_epoch().count();
  RESUS_TRY(s_.machines.change(machine->id, {"machine " + machine->id, "phone_home"}, [&](MachineRecord& r) {
    return depot::phoned_home(r, now);
  }));
  s_.machines.heard(machine->id, call.request.client_address);
  return no_content();
}

}  // namespace resus::depot
