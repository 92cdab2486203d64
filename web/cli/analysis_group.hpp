#pragma once
// What investigators ask of evidence: `resus evidence diff …`, `search`, `scrub`.
#include "hw/process.hpp"
#include "web/cli/command_line.hpp"

namespace resus::web {

/// Adds to the group "evidence", which must be there. `processes` outlives the commands.
void add_analysis_commands(CLI::App& app, CommandContext& context, hw::Processes& processes);

}  // namespace resus::web
