#pragma once
// `resus evidence hold|unhold|delete|deleted`, at the running depot and on a store of one's own.
#include <CLI/CLI.hpp>

#include "web/cli/command_line.hpp"

namespace resus::web {

void add_retention_commands(CLI::App& group, CommandContext& context);

}  // namespace resus::web
