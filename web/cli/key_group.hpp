#pragma once
// `resus depot keys …`: backed up, put back, changed.
#include <CLI/CLI.hpp>

#include "web/cli/command_line.hpp"

namespace resus::web {

void add_key_commands(CLI::App& depot_group, CommandContext& context);

}  // namespace resus::web
