#include "web/cli/command_line.hpp"

#include <CLI/CLI.hpp>
#include <ostream>

namespace resus::web {

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
