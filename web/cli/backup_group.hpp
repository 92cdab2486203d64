#pragma once
// `resus backup …`: what runs on the depot's own box.
#include "hw/sandbox.hpp"
#include "web/cli/command_line.hpp"

namespace resus::web {

/// The sandbox must outlive the commands.
void add_backup_commands(CLI::App& app, CommandContext& context, hw::Sandbox& sandbox);

}  // namespace resus::web
