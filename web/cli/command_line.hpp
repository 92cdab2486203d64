#pragma once
// `resus …`: words of the command line to calls.
#include <functional>
#include <iosfwd>
#include <memory>
#include <stop_token>

#include "hw/mounts.hpp"
#include "web/cli/environment.hpp"

namespace CLI {
class App;
}

namespace resus::web {

/// What the commands need, made once it is known how the user wants to be spoken to.
using MakeEnvironment = std::function<Environment(Output&)>;

/// Adds a group of commands ("depot", "machine" …). The chosen command stores what is to be run in `run`.
struct CommandContext {
  std::function<int(Environment&)> run;
  bool json = false;
  bool no_input = false;  ///< asking is an error
  std::stop_token stop;
};
using AddCommands = std::function<void(CLI::App&, CommandContext&)>;

/// `mounts` outlives the commands.
void add_evidence_commands(CLI::App& app, CommandContext& context, hw::Mounts& mounts);
void add_image_commands(CLI::App& app, CommandContext& context, hw::Mounts& mounts);
void add_custody_commands(CLI::App& app, CommandContext& context);
void add_job_commands(CLI::App& app, CommandContext& context);

/// Parses and runs. Returns the exit status; usage errors are 2 with a hint on stderr.
[[nodiscard]] int run_command_line(int argc, char** argv, const MakeEnvironment& make, std::ostream& out,
                                   std::ostream& err, bool terminal, const std::stop_token& stop,
                                   const std::vector<AddCommands>& groups);

}  // namespace resus::web
