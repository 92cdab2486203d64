#pragma once
// `resus depot …`: what runs on the depot's own box.
#include "web/cli/command_line.hpp"
#include "web/depot/depot_commands.hpp"

namespace resus::web {

/// `platform` and the streams outlive the parser.
void add_depot_commands(CLI::App& app, CommandContext& context, depot::Platform platform, std::ostream& out,
                        std::ostream& err);

}  // namespace resus::web
