#include "web/cli/operator_group.hpp"

#include "web/cli/command_parts.hpp"
#include "web/cli/depot_client.hpp"
#include "web/cli/reports.hpp"

namespace resus::web {
namespace json = boost::json;
namespace {

struct OperatorArguments {
  std::string data = "/var/lib/resus";
  std::string name;
  std::string role;
};

/// Typed twice by a person; one line when it is piped in.
hw::Result<std::string> password_of(hw::Prompt& prompt, const std::string& name, bool no_input) {
  if (!prompt.interactive()) return prompt.secret({});
  if (no_input) return hw::fail(hw::Code::kUsage, "--no-input: the password is expected on standard input");
  RESUS_TRY(auto first, prompt.secret("Password for " + name));
  RESUS_TRY(const auto second, prompt.secret("The same again"));
  if (first != second) return hw::fail(hw::Code::kUsage, "the two passwords differ; nothing was changed");
  return first;
}

hw::Result<int> add(Environment& environment, const OperatorArguments& given, hw::Prompt& prompt, bool no_input) {
  RESUS_TRY(auto depot, DepotClient::open(environment.files, given.data));
  json::object wanted{{"name", given.name}, {"role", given.role}};
  if (given.role != "wall") {
    RESUS_TRY(wanted["password"], password_of(prompt, given.name, no_input));
  }
  RESUS_TRY(auto made, depot.post("/api/v1/operators", wanted));
  auto& object = made.as_object();
  if (const auto* token = object.if_contains("token")) object["link"] = depot.origin() + "/wall#" + std::string(token->as_string());
  environment.output.print(made, [&] {
    if (!object.contains("link")) return given.name + " can sign in as " + given.role;
    return "Open on the wall screen (told only now; whoever has it can watch):\n" + std::string(object["link"].as_string());
  });
  return kExitOk;
}

hw::Result<int> list(Environment& environment, const OperatorArguments& given) {
  RESUS_TRY(auto depot, DepotClient::open(environment.files, given.data));
  RESUS_TRY(const auto answer, depot.get("/api/v1/operators"));
  const auto* all = answer.is_object() ? answer.as_object().if_contains("operators") : nullptr;
  if (all == nullptr || !all->is_array()) return hw::fail(hw::Code::kProtocol, "no list of operators");
  environment.output.table({"name", "role"}, all->as_array());
  return kExitOk;
}

hw::Result<int> remove(Environment& environment, const OperatorArguments& given) {
  RESUS_TRY(auto depot, DepotClient::open(environment.files, given.data));
  RESUS_TRY(depot.remove("/api/v1/operators/" + given.name));
  environment.output.print(json::object{{"removed", given.name}}, [&] { return given.name + " cannot sign in any more; open sessions have ended"; });
  return kExitOk;
}

void add_name(CLI::App& command, OperatorArguments& given) {
  command.add_option("name", given.name, "Sign-in name: letters, digits, . - _ @")
      ->required()
      ->check([](const std::string& text) {
        return text.find_first_of("/?#% ") == std::string::npos && !text.empty() ? std::string() : std::string("this is no sign-in name");
      });
}

}  // namespace

void add_operator_commands(CLI::App& app, CommandContext& context, hw::Prompt& prompt) {
  auto* group = app.add_subcommand("operator", "People and wall screens that may sign in to the running depot");
  group->require_subcommand(1);
  auto added = std::make_shared<OperatorArguments>();
  auto* adds = add_command(*group, context, "add", "Let somebody sign in; the password is asked for, or read from standard input", added,
                       [&prompt, &context](auto& environment, const auto& given) { return add(environment, given, prompt, context.no_input); });
  add_name(*adds, *added);
  adds->add_option("--role", added->role, "viewer: looks; technician: approves and holds; supervisor: releases, changes the plan; admin: all; wall: a screen, with a link instead of a password")
      ->required()
      ->check(CLI::IsMember({"viewer", "technician", "supervisor", "admin", "wall"}));
  add_command(*group, context, "list", "Everybody who may sign in", std::make_shared<OperatorArguments>(), list);
  auto removed = std::make_shared<OperatorArguments>();
  add_name(*add_command(*group, context, "remove", "Nobody signs in by this name any more; open sessions end at once", removed, remove), *removed);
}

}  // namespace resus::web
