#include "web/cli/machine_group.hpp"

#include <algorithm>
#include <charconv>

#include "web/cli/command_parts.hpp"
#include "web/cli/depot_client.hpp"
#include "web/cli/evidence_commands.hpp"
#include "web/cli/reports.hpp"

namespace resus::web {
namespace json = boost::json;
namespace {

struct MachineArguments {
  std::string data = "/var/lib/resus";
  std::vector<std::string> machines;  ///< ids or slots
  std::string reason;
  std::string confirm;  // release only
  std::string require_scan;  // plan set only
  std::string code, slot, image, backup, hostname;  // approve only
};

std::string text_of(const json::value& machine, const char* key) {
  const auto* field = machine.as_object().if_contains(key);
  return field != nullptr && field->is_string() ? std::string(field->as_string()) : std::string();
}

bool is_called(const json::value& machine, const std::string& word) {
  return text_of(machine, "id") == word || text_of(machine, "slot") == word || text_of(machine, "host") == word;
}

hw::Result<json::array> all_machines(DepotClient& depot) {
  RESUS_TRY(const auto snapshot, depot.get("/api/v1/snapshot"));
  const auto* machines = snapshot.is_object() ? snapshot.as_object().if_contains("machines") : nullptr;
  if (machines == nullptr || !machines->is_array()) return hw::fail(hw::Code::kProtocol, "snapshot without machines");
  return machines->as_array();
}

/// Errors: kNotFound for a word that names no machine, kConflict for one that names several.
hw::Result<json::value> find_machine(const json::array& machines, const std::string& word) {
  const json::value* found = nullptr;
  for (const auto& machine : machines) {
    if (!is_called(machine, word)) continue;
    if (found != nullptr) return hw::fail(hw::Code::kConflict, word + " names several machines; use the id");
    found = &machine;
  }
  if (found == nullptr) return hw::fail(hw::Code::kNotFound, "no machine has the id, slot or host " + word);
  return *found;
}

hw::Result<int> list(Environment& environment, const MachineArguments& given) {
  RESUS_TRY(auto depot, DepotClient::open(environment.files, given.data));
  RESUS_TRY(const auto machines, all_machines(depot));
  environment.output.table({"slot", "id", "host", "phase", "condition", "contact", "sentence"}, machines);
  return kExitOk;
}

hw::Result<int> show(Environment& environment, const MachineArguments& given) {
  RESUS_TRY(auto depot, DepotClient::open(environment.files, given.data));
  RESUS_TRY(const auto machines, all_machines(depot));
  RESUS_TRY(const auto machine, find_machine(machines, given.machines.front()));
  RESUS_TRY(const auto whole, depot.get("/api/v1/machines/" + text_of(machine, "id")));
  environment.output.print(whole, [&] { return pretty(whole); });
  return kExitOk;
}

json::object approval_params(const MachineArguments& given, const json::value& machine) {
  json::object params{{"short_code", given.code}, {"slot", given.slot}};
  if (!given.image.empty()) params["image_id"] = given.image;
  if (!given.backup.empty()) params["backup_id"] = given.backup;
  if (!given.hostname.empty()) params["hostname"] = given.hostname;
  params["attempt"] = machine.at("attempt");
  return params;
}

int report(Environment& environment, const json::value& answer) {
  const auto* results = answer.is_object() ? answer.as_object().if_contains("results") : nullptr;
  std::size_t failed = 0, total = 0;
  if (results != nullptr && results->is_array()) {
    total = results->as_array().size();
    for (const auto& result : results->as_array()) failed += result.at("ok").as_bool() ? 0 : 1;
    if (!environment.output.json()) environment.output.table({"id", "ok", "code", "detail"}, results->as_array());
  }
  if (environment.output.json()) environment.output.print(answer, [] { return std::string(); });
  if (failed == 0) return kExitOk;
  return failed == total ? kExitFailed : kExitPartly;
}

/// One machine is confirmed by its place, several by their number. Errors: kBadInput.
hw::Result<json::object> confirmation(const MachineArguments& given) {
  if (given.machines.size() == 1) return json::object{{"slot", given.confirm}};
  std::uint64_t count = 0;
  const auto* end = given.confirm.data() + given.confirm.size();
  const auto read = std::from_chars(given.confirm.data(), end, count);
  if (read.ec != std::errc() || read.ptr != end) return hw::fail(hw::Code::kBadInput, "--confirm: the number of machines is expected");
  return json::object{{"count", count}};
}

hw::Result<int> act(Environment& environment, const MachineArguments& given, const std::string& action) {
  RESUS_TRY(auto depot, DepotClient::open(environment.files, given.data));
  RESUS_TRY(const auto machines, all_machines(depot));
  json::array ids;
  json::object body{{"action", action}, {"reason", given.reason}, {"expected_count", given.machines.size()}};
  for (const auto& word : given.machines) {
    RESUS_TRY(const auto machine, find_machine(machines, word));
    ids.emplace_back(text_of(machine, "id"));
    if (action == "approve") body["params"] = approval_params(given, machine);
  }
  body["ids"] = std::move(ids);
  if (!given.confirm.empty()) {
    RESUS_TRY(body["confirm"], confirmation(given));
  }
  RESUS_TRY(const auto answer, depot.post("/api/v1/batches", body));
  return report(environment, answer);
}

struct LabelArguments {
  std::string data = "/var/lib/resus";
  std::vector<std::string> machines;  ///< ids, slots or host names
  std::string paper = "a4";
  std::string output;
};
constexpr std::uint64_t kMostLabelBytes = 64ull << 20;

hw::Result<int> label(Environment& environment, const LabelArguments& given) {
  RESUS_TRY(auto depot, DepotClient::open(environment.files, given.data));
  RESUS_TRY(const auto machines, all_machines(depot));
  std::string target = "/api/v1/labels?paper=" + given.paper + "&ids=";
  for (const auto& word : given.machines) {
    RESUS_TRY(const auto machine, find_machine(machines, word));
    target += path_part(text_of(machine, "id")) + ",";
  }
  std::string page;
  RESUS_TRY(depot.download(target, kMostLabelBytes, [&page](std::span<const std::byte> bytes) -> hw::Result<void> {
    page.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return hw::success();
  }));
  return write_document(environment, given.output, page);
}

void add_label(CLI::App& group, CommandContext& context) {
  auto given = std::make_shared<LabelArguments>();
  auto* command = add_command(group, context, "label", "A page of labels with QR codes, to print and stick on the PCs", given, label);
  command->add_option("machine", given->machines, "Slots, ids or host names")->required();
  command->add_option("--paper", given->paper, "a4: sheets of 21; otherwise one label a page, in millimetres")
      ->check(CLI::IsMember({"a4", "89x36", "62x29", "100x50"}))
      ->capture_default_str();
  command->add_option("--output,-o", given->output, "New HTML file, or - for standard output")->required();
  command->footer("The code leads to the machine's page; with it stand the evidence id and the custody head of the moment. A head that is\n"
                  "printed and stuck on a PC pins everything the log said until then.");
}

void add_action(CLI::App& group, CommandContext& context, const char* name, const char* help) {
  auto given = std::make_shared<MachineArguments>();
  std::string action(name);
  std::ranges::replace(action, '-', '_');  // as the API spells it
  auto* command = add_command(group, context, name, help, given, [action = std::move(action)](auto& environment, const auto& g) {
    return act(environment, g, action);
  });
  command->add_option("machine", given->machines, "Slots, ids or host names")->required();
  command->add_option("--reason", given->reason, "Stands in the custody log");
}

void add_release(CLI::App& group, CommandContext& context) {
  auto given = std::make_shared<MachineArguments>();
  auto* command = add_command(group, context, "release", "Let it boot its own disk; one that is not ready may still be infected",
                      given, [](auto& environment, const auto& g) { return act(environment, g, "release"); });
  command->add_option("machine", given->machines, "Slots, ids or host names")->required();
  command->add_option("--reason", given->reason, "Stands in the custody log; demanded for a machine that is not ready");
  command->add_option("--confirm", given->confirm, "For a machine that is not ready: its slot (or id without one) again; for several: how many");
}

void add_approve(CLI::App& group, CommandContext& context) {
  auto given = std::make_shared<MachineArguments>();
  auto* command = add_command(group, context, "approve", "Let a machine be copied, ERASED and restored, after comparing its code",
                      given, [](auto& environment, const auto& g) { return act(environment, g, "approve"); });
  command->add_option("machine", given->machines, "Its id")->required()->expected(1);
  command->add_option("--code", given->code, "The six characters on the machine's own screen")->required();
  command->add_option("--slot", given->slot, "Where it stands")->required();
  command->add_option("--image", given->image, "Golden image; default: the plan's");
  command->add_option("--backup", given->backup, "Backup, or none; default: the plan's");
  command->add_option("--hostname", given->hostname, "Name of the restored system");
  command->add_option("--reason", given->reason, "Stands in the custody log");
}

hw::Result<int> show_plan(Environment& environment, const MachineArguments& given) {
  RESUS_TRY(auto depot, DepotClient::open(environment.files, given.data));
  RESUS_TRY(const auto snapshot, depot.get("/api/v1/snapshot"));
  const auto* plan = snapshot.is_object() ? snapshot.as_object().if_contains("plan") : nullptr;
  if (plan == nullptr) return hw::fail(hw::Code::kProtocol, "snapshot without a plan");
  environment.output.print(*plan, [&] { return pretty(*plan); });
  return kExitOk;
}

hw::Result<int> set_plan(Environment& environment, const MachineArguments& given) {
  RESUS_TRY(auto depot, DepotClient::open(environment.files, given.data));
  json::object plan{{"image", given.image}, {"backup", given.backup}};
  if (!given.require_scan.empty()) plan["require_scan"] = given.require_scan == "yes";
  RESUS_TRY(depot.put("/api/v1/plan", plan));
  return show_plan(environment, given);
}

}  // namespace

void add_machine_commands(CLI::App& app, CommandContext& context) {
  auto* group = app.add_subcommand("machine", "Machines under recovery");
  group->require_subcommand(1);
  add_command(*group, context, "list", "All machines: state, contact, what they do", std::make_shared<MachineArguments>(), list);
  auto one = std::make_shared<MachineArguments>();
  add_command(*group, context, "show", "Everything about one machine", one, show)
      ->add_option("machine", one->machines, "Slot, id or host name")
      ->required()
      ->expected(1);
  add_approve(*group, context);
  add_action(*group, context, "hold", "Stop at the next safe point and wait");
  add_action(*group, context, "resume", "Go on after a hold");
  add_action(*group, context, "retry", "Begin a new attempt");
  add_release(*group, context);
  add_label(*group, context);
  add_action(*group, context, "locate", "Show its slot large on its own screen, beep, blink");
  add_action(*group, context, "collect", "It was taken back to its ward");
  add_action(*group, context, "accept-gaps", "Go on although part of its disk could not be read; the rest of the copy is safe");
  add_action(*group, context, "accept-disk", "Copy its disk as it is although part of it is hidden, locked or encrypted; wants a reason");
  add_action(*group, context, "accept-unscanned", "Restore its backup although it was not wholly scanned; wants a reason");
}

void add_plan_commands(CLI::App& app, CommandContext& context) {
  auto* group = app.add_subcommand("plan", "What a machine gets unless its approval says otherwise");
  group->require_subcommand(1);
  add_command(*group, context, "show", "Golden image and backup of the plan", std::make_shared<MachineArguments>(), show_plan);
  auto given = std::make_shared<MachineArguments>();
  auto* set = add_command(*group, context, "set", "Choose them for all later approvals", given, set_plan);
  set->add_option("--image", given->image, "Name or id of a golden image")->required();
  set->add_option("--backup", given->backup, "Name or id of a backup; left out: none");
  set->add_option("--require-scan", given->require_scan, "yes: restore only what was wholly scanned for malware; left out: as it is")
      ->check(CLI::IsMember({"yes", "no"}));
}

}  // namespace resus::web
