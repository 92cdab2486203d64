#include "web/cli/retention_commands.hpp"

#include "web/cli/command_parts.hpp"
#include "web/cli/depot_client.hpp"
#include "web/cli/depot_jobs.hpp"
#include "web/cli/reports.hpp"
#include "web/cli/workbench.hpp"
#include "web/depot/retention.hpp"

namespace resus::web {
namespace json = boost::json;
namespace {

struct RetentionArguments {
  Place place;
  std::string id, reason, who = "workbench";
  std::string override_reason, confirm;
  bool detach = false;
};

std::string address_of(const RetentionArguments& given, const char* act) { return "/api/v1/evidence/" + path_part(given.id) + "/" + act; }

int say(Environment& environment, const json::object& done, const std::string& text) {
  environment.output.print(done, [&] { return text; });
  return kExitOk;
}

/// Marks or lifts, on a store of one's own: the custody line first, as everywhere.
hw::Result<int> change_holds(Environment& environment, const RetentionArguments& given, bool hold) {
  RESUS_TRY(auto bench, Workbench::open(environment, given.place.store));
  RESUS_TRY(const auto info, bench.store().find_evidence(given.id));
  const imaging::Hold by{.actor = given.who, .reason = given.reason, .time = hw::to_rfc3339(environment.clock.now())};
  if (!hold) {
    RESUS_TRY(const auto holds, bench.store().holds(info.id));
    if (holds.empty()) return hw::fail(hw::Code::kConflict, info.id + " is not held");
  }
  RESUS_TRY(bench.note({.actor = by.actor, .machine = info.record.context.machine_id, .action = hold ? "evidence.hold" : "evidence.unhold",
                        .reason = by.reason, .details = json::serialize(json::object{{"evidence", info.id}})}));
  RESUS_TRY(hold ? bench.store().hold_evidence(info.id, by, bench.key()) : bench.store().lift_holds(info.id, by, bench.key()));
  RESUS_TRY(const auto now, bench.store().holds(info.id));
  return say(environment, {{"id", info.id}, {"holds", depot::holds_array(now)}}, info.id + (hold ? " is held" : " is held by nobody any more"));
}

hw::Result<int> holds_online(Environment& environment, const RetentionArguments& given, const char* act) {
  RESUS_TRY(auto depot, DepotClient::open(environment.files, given.place.data));
  RESUS_TRY(depot.post(address_of(given, act), json::object{{"reason", given.reason}}));
  RESUS_TRY(const auto now, depot.get("/api/v1/evidence/" + path_part(given.id)));
  const json::object done{{"id", given.id}, {"holds", now.at("retention").at("holds")}};
  return say(environment, done, given.id + (done.at("holds").as_array().empty() ? " is held by nobody any more" : " is held"));
}

std::string deleted_text(const json::object& done) {
  const auto number = [&](const char* key) { return done.at(key).to_number<std::uint64_t>(); };
  if (done.at("waiting").as_bool()) return "Deleted. Its space is freed later: " + std::string(done.at("problem").as_string());
  return "Deleted; " + human_bytes(number("freed_bytes")) + " in " + std::to_string(number("freed_frames")) + " frames freed that nothing else needs";
}

hw::Result<int> delete_here(Environment& environment, const RetentionArguments& given) {
  RESUS_TRY(auto bench, Workbench::open(environment, given.place.store));
  RESUS_TRY(const auto info, bench.store().find_evidence(given.id));
  RESUS_TRY(depot::check_retention(info, 0, given.override_reason, environment.clock.now()));
  const imaging::Hold by{.actor = given.who, .reason = given.reason, .time = hw::to_rfc3339(environment.clock.now())};
  RESUS_TRY(const auto done, depot::delete_evidence(bench.store(), bench.custody(), bench.key(), info, by, given.override_reason));
  return say(environment, done, deleted_text(done));
}

hw::Result<int> delete_online(Environment& environment, const RetentionArguments& given, const std::stop_token& stop) {
  RESUS_TRY(auto depot, DepotClient::open(environment.files, given.place.data));
  const json::object order{{"reason", given.reason}, {"override_reason", given.override_reason}, {"confirm", json::object{{"id", given.confirm}}}};
  const JobRequest request{.target = address_of(given, "delete"), .body = order, .verb = "deleting", .detach = given.detach};
  RESUS_TRY(const auto done, run_job(environment, depot, request, stop));
  return done ? say(environment, *done, deleted_text(*done)) : static_cast<int>(kExitOk);
}

hw::Result<int> list_deleted(Environment& environment, const Place& place) {
  json::array rows;
  if (place.online()) {
    RESUS_TRY(auto depot, DepotClient::open(environment.files, place.data));
    RESUS_TRY(const auto answer, depot.get("/api/v1/deleted-evidence"));
    RESUS_TRY(rows, list_of(answer, "deleted"));
  } else {
    RESUS_TRY(const auto store, look_at(environment, place.store));
    for (const auto& one : store->deleted_evidence()) rows.push_back(depot::deleted_object(one));
  }
  environment.output.table({"id", "machine_id", "deleted_at", "actor", "freed", "reason"}, rows);
  return kExitOk;
}

std::shared_ptr<RetentionArguments> add_common(CLI::App& command) {
  auto given = std::make_shared<RetentionArguments>();
  command.add_option("id", given->id, "Evidence id, ev-…")->required();
  add_place(command, given->place);
  command.add_option("--reason", given->reason, "Stands in the custody log")->required();
  command.add_option("--operator", given->who, "Name for the custody log of a store of your own; a depot knows who asks")->capture_default_str();
  return given;
}

void add_holds(CLI::App& group, CommandContext& context) {
  auto* hold = group.add_subcommand("hold", "Keep evidence from being deleted, whatever the retention says");
  on_run(hold, context, add_common(*hold), [](Environment& environment, const RetentionArguments& g) {
    return g.place.online() ? holds_online(environment, g, "hold") : change_holds(environment, g, true);
  });
  auto* unhold = group.add_subcommand("unhold", "Lift all holds; at a depot an admin's");
  on_run(unhold, context, add_common(*unhold), [](Environment& environment, const RetentionArguments& g) {
    return g.place.online() ? holds_online(environment, g, "unhold") : change_holds(environment, g, false);
  });
}

}  // namespace

void add_retention_commands(CLI::App& group, CommandContext& context) {
  add_holds(group, context);
  auto* command = group.add_subcommand("delete", "Delete evidence for good; its record and a signed tombstone stay");
  auto given = add_common(*command);
  command->add_option("--confirm", given->confirm, "The evidence id again; a depot wants it");
  command->add_option("--override-retention", given->override_reason, "Why evidence that is kept for ever (no retention_days) is deleted all the same");
  add_detach(*command, given->detach);
  command->footer("Refused while it is held, while a machine's recovery rests on it, and before its retention has ended. What no other evidence\n"
                  "needs is given back to the file system where it lies; all other evidence stays as it is and verifies as before.");
  on_run(command, context, given, [stop = context.stop](Environment& environment, const RetentionArguments& g) {
    return g.place.online() ? delete_online(environment, g, stop) : delete_here(environment, g);
  });
  auto* list = group.add_subcommand("deleted", "What was deleted, when, by whom and why");
  auto place = std::make_shared<Place>();
  add_place(*list, *place);
  on_run(list, context, place, [](Environment& environment, const Place& p) { return list_deleted(environment, p); });
}

}  // namespace resus::web
