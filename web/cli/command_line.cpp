#include "web/cli/command_line.hpp"

#include <CLI/CLI.hpp>
#include <ostream>

#include "web/cli/shell_help.hpp"

namespace resus::web {
namespace {

/// `resus completion bash`, `resus man [GROUP]`: for packagers, and for whoever has no package.
void add_help_commands(CLI::App& app, CommandContext& context, std::ostream& out) {
  auto* completion = app.add_subcommand("completion", "Print completions for a shell");
  auto shell = std::make_shared<std::string>();
  completion->add_option("shell", *shell, "bash")->required()->check(CLI::IsMember({"bash"}));
  completion->callback([&app, &context, &out, shell] {
    context.run = [&app, &out](Environment&) {
      out << bash_completion(app);
      return static_cast<int>(kExitOk);
    };
  });
  auto* manual = app.add_subcommand("man", "Print a manual page as roff: man -l <(resus man)");
  auto name = std::make_shared<std::string>();
  manual->add_option("group", *name, "depot, machine, plan …; without it the page of resus itself");
  manual->callback([&app, &context, &out, name] {
    const auto named = std::as_const(app).get_subcommands([&](const CLI::App* one) {
      return one->get_name() == *name && !one->get_subcommands([](const CLI::App*) { return true; }).empty();
    });
    if (!name->empty() && named.empty()) throw CLI::ValidationError("group", *name + " is no group of commands");
    const CLI::App* group = named.empty() ? nullptr : named.front();
    context.run = [&app, &out, group](Environment&) {
      out << (group == nullptr ? man_page(app) : man_page_of_group(*group));
      return static_cast<int>(kExitOk);
    };
  });
}

}  // namespace

int run_command_line(int argc, char** argv, const MakeEnvironment& make, std::ostream& out, std::ostream& err,
                     bool terminal, const std::stop_token& stop, const std::vector<AddCommands>& groups) {
  CLI::App app{"Resus brings infected machines back without losing the evidence.", "resus"};
  app.set_version_flag("--version", std::string("resus " RESUS_VERSION));
  app.require_subcommand(1);
  app.fallthrough();
  CommandContext context;
  context.stop = stop;
  app.add_flag("--json", context.json, "Print JSON on standard output");
  app.add_flag("--no-input", context.no_input, "Never ask: what would be asked for is an error");
  for (const auto& add : groups) add(app, context);
  add_help_commands(app, context, out);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& problem) {
    const int status = app.exit(problem, out, err);
    return status == 0 ? kExitOk : kExitUsage;
  }
  Output output(out, err, context.json, terminal);
  Environment environment = make(output);
  return context.run(environment);
}

}  // namespace resus::web
