#pragma once
// `resus backup …`: what runs on the depot's own box.
#include "hw/local_socket.hpp"
#include "hw/sandbox.hpp"
#include "web/cli/command_line.hpp"

namespace resus::web {

/// What a scan needs of the computer.
struct ScanPlatform {
  hw::Sandbox& sandbox;
  hw::LocalSockets& sockets;
};

/// What `platform` refers to must outlive the commands.
void add_backup_commands(CLI::App& app, CommandContext& context, ScanPlatform platform);

}  // namespace resus::web
