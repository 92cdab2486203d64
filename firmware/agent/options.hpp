#pragma once
// What the agent's command line says. In the boot image it says nothing.
#include <cstdint>
#include <string>
#include <vector>

#include "hw/result.hpp"

namespace resus::agent {

struct Options {
  std::string config = "/etc/resus/agent.json";
  std::string state = "/run/resus";  ///< in memory: key, boot id, heartbeat, mount point
  std::string phone_home = "/usr/lib/resus/phone-home";
  std::string disk;      ///< the only disk to see; empty: all of the machine
  std::string identity;  ///< file with a machine identity as JSON; empty: the machine's own
  std::string ticket;    ///< empty: from the kernel's command line
  std::uint16_t status_port = 8080;
  bool no_reboot = false;  ///< end instead of restarting the machine
};

/// Errors: kUsage naming the option and what is allowed.
[[nodiscard]] hw::Result<Options> parse_options(const std::vector<std::string>& arguments);
[[nodiscard]] std::string usage();

}  // namespace resus::agent
