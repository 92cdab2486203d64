#pragma once
// `resus machine …` and `resus plan …`: the same calls as the dashboard's.
#include "web/cli/command_line.hpp"

namespace resus::web {

void add_machine_commands(CLI::App& app, CommandContext& context);
void add_plan_commands(CLI::App& app, CommandContext& context);

}  // namespace resus::web
