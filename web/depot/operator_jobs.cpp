// Work on the store that takes its time: imports and checks, begun, watched and cancelled.
#include "web/depot/operator_sections.hpp"
#include "web/messages/fields.hpp"
#include "web/transport/problem.hpp"

namespace resus::depot {

namespace json = boost::json;
using transport::Response;

Result<Response> accepted(Result<Job> job) {
  RESUS_TRY(const auto begun, std::move(job));
  return reply_json(job_object(begun), 202);
}

namespace {

Result<Response> import_image(OperatorServices& s, const Call& call, const Person& person) {
  RESUS_TRY(const auto object, messages::parse_object(call.request.body, "image"));
  messages::Fields fields(object, "image");
  const auto source = fields.text("source", messages::kLongText);
  const auto name = fields.text("name");
  RESUS_TRY(fields.done());
  return accepted(s.store_jobs.import_image(source, name, JobAsker{person.name}));
}

Result<Response> verify_image(OperatorServices& s, const Call& call, const Person& person) {
  return accepted(s.store_jobs.verify_image(call.args[0], JobAsker{person.name}));
}

Result<Response> verify_evidence(OperatorServices& s, const Call& call, const Person& person) {
  return accepted(s.store_jobs.verify_evidence(call.args[0], JobAsker{person.name}));
}

Result<std::string> reason_in(const Call& call, const char* what) {
  RESUS_TRY(const auto object, messages::parse_object(call.request.body, what));
  messages::Fields fields(object, what);
  auto reason = fields.text("reason", messages::kLongText);
  RESUS_TRY(fields.done());
  return reason;
}

Result<Response> hold_evidence(OperatorServices& s, const Call& call, const Person& person) {
  RESUS_TRY(const auto reason, reason_in(call, "hold"));
  RESUS_TRY(s.retention.hold(call.args[0], reason, person.name));
  return no_content();
}

Result<Response> lift_holds(OperatorServices& s, const Call& call, const Person& person) {
  RESUS_TRY(const auto reason, reason_in(call, "unhold"));
  RESUS_TRY(s.retention.lift(call.args[0], reason, person.name));
  return no_content();
}

/// As with other acts that cannot be taken back, what is meant is said twice.
Result<Response> order_deletion(OperatorServices& s, const Call& call, const Person& person) {
  RESUS_TRY(const auto object, messages::parse_object(call.request.body, "delete"));
  messages::Fields fields(object, "delete");
  Retention::Order order{.id = call.args[0], .reason = fields.text("reason", messages::kLongText), .override_reason = {}};
  if (fields.has("override_reason")) order.override_reason = fields.text("override_reason", messages::kLongText);
  std::string confirmed;
  if (fields.has("confirm")) fields.object("confirm", [&](messages::Fields& confirm) { confirmed = confirm.text("id"); });
  RESUS_TRY(fields.done());
  if (confirmed != order.id) return hw::fail(hw::Code::kConflict, "deleting wants the evidence id again in confirm.id");
  return accepted(s.retention.remove(order, person.name));
}

Result<Response> scan_backup(OperatorServices& s, const Call& call, const Person& person) {
  RESUS_TRY(const auto object, messages::parse_object(call.request.body, "scan"));
  messages::Fields fields(object, "scan");
  const auto reason = fields.has("reason") ? fields.text("reason", messages::kLongText) : std::string();
  RESUS_TRY(fields.done());
  return accepted(s.backup_jobs.scan(call.args[0], reason, JobAsker{person.name}));
}

Result<Response> add_backup(OperatorServices& s, const Call& call, const Person& person) {
  RESUS_TRY(const auto object, messages::parse_object(call.request.body, "backup"));
  messages::Fields fields(object, "backup");
  NewBackup backup{.source = fields.text("source", messages::kLongText), .name = fields.text("name")};
  if (fields.has("partition")) backup.partition = fields.number32("partition");
  if (fields.has("directory")) backup.directory = fields.text("directory", messages::kLongText);
  if (fields.has("part_of")) backup.part_of = fields.text("part_of");
  RESUS_TRY(fields.done());
  if (!backup.directory.starts_with('/')) return hw::fail(hw::Code::kBadInput, "backup.directory must begin with /");
  return accepted(s.backup_jobs.add(backup, JobAsker{person.name}));
}

Result<Response> verify_custody(OperatorServices& s, const Call&, const Person& person) {
  return accepted(s.store_jobs.verify_custody(JobAsker{person.name}));
}

json::object without_content(Job job) {
  if (shows_content(job.what.kind)) job.result = {};
  return job_object(job);
}

Result<Response> jobs(OperatorServices& s, const Call&, const Person&) {
  json::array list;
  for (auto& job : s.jobs.list()) list.emplace_back(without_content(std::move(job)));
  return reply_json(json::object{{"jobs", std::move(list)}});
}

Result<Response> job(OperatorServices& s, const Call& call, const Person& person) {
  RESUS_TRY(auto found, s.jobs.find(call.args[0]));
  return reply_json(person.role < Role::kSupervisor ? without_content(std::move(found)) : job_object(found));
}

Result<Response> cancel_job(OperatorServices& s, const Call& call, const Person& person) {
  RESUS_TRY(const auto found, s.jobs.find(call.args[0]));
  if (person.role < Role::kSupervisor && found.what.actor != person.name) {
    return transport::problem(hw::Code::kUnauthorized, found.what.actor + " began this job: cancelling it needs the role supervisor", 403);
  }
  return accepted(s.jobs.cancel(found.id));
}

Result<Response> retry_job(OperatorServices& s, const Call& call, const Person& person) {
  RESUS_TRY(const auto found, s.jobs.find(call.args[0]));
  const auto least = least_role(found.what.kind);
  if (person.role < least) {
    return transport::problem(hw::Code::kUnauthorized, "beginning a job of this kind needs the role " + std::string(to_string(least)), 403);
  }
  return accepted(s.job_again.retry(found.id, person.name));
}

}  // namespace

void add_job_routes(OperatorRoutes& routes, OperatorServices& s) {
  const auto with = [&s](auto call) { return [&s, call](const Call& c, const Person& p) { return call(s, c, p); }; };
  routes.write("POST", "/api/v1/images", Role::kSupervisor, with(import_image));
  routes.write("POST", "/api/v1/images/{}/verify", Role::kTechnician, with(verify_image));
  routes.write("POST", "/api/v1/evidence/{}/verify", Role::kTechnician, with(verify_evidence));
  routes.write("POST", "/api/v1/evidence/{}/hold", Role::kSupervisor, with(hold_evidence));
  routes.write("POST", "/api/v1/evidence/{}/unhold", Role::kAdmin, with(lift_holds));
  routes.write("POST", "/api/v1/evidence/{}/delete", Role::kAdmin, with(order_deletion));
  routes.write("POST", "/api/v1/custody/verify", Role::kTechnician, with(verify_custody));
  routes.write("POST", "/api/v1/backups", Role::kSupervisor, with(add_backup));
  routes.write("POST", "/api/v1/backups/{}/scan", Role::kSupervisor, with(scan_backup));
  routes.read("/api/v1/jobs", with(jobs), Role::kViewer);
  routes.read("/api/v1/jobs/{}", with(job), Role::kViewer);
  routes.write("POST", "/api/v1/jobs/{}/retry", Role::kTechnician, with(retry_job));
  routes.write("DELETE", "/api/v1/jobs/{}", Role::kTechnician, with(cancel_job));
}

}  // namespace resus::depot
