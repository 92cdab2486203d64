#pragma once
// `resus depot …` and `resus backup …`: what runs on the depot's own box.
#include "hw/sandbox.hpp"
#include "web/cli/command_line.hpp"
#include "web/depot/depot_commands.hpp"

namespace resus::web {

/// `platform`, `sandbox` and the streams outlive the parser.
void add_depot_commands(CLI::App& app, CommandContext& context, depot::Platform platform, std::ostream& out,
                        std::ostream& err);
void add_backup_commands(CLI::App& app, CommandContext& context, hw::Sandbox& sandbox);

}  // namespace resus::web
