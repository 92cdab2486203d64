#pragma once
// `resus operator …`: who may sign in.
#include "hw/prompt.hpp"
#include "web/cli/command_line.hpp"

namespace resus::web {

/// `prompt` outlives the run of the command; passwords come from it and never from the arguments, which every
/// process of the box can read.
void add_operator_commands(CLI::App& app, CommandContext& context, hw::Prompt& prompt);

}  // namespace resus::web
