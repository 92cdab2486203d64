#pragma once
// iPXE scripts. All URIs are relative: beside a foreign DHCP server ${next-server} is not the depot.
#include <string>

namespace resus::netboot {

/// First script, the same for all: comes back with MAC, UUID and platform in the query.
[[nodiscard]] std::string identify_script();

/// Loads kernel and image and starts the agent. Tries again for ever, asking for a new script each
/// time: a failed download must never end in the local disk.
/// @param ticket       from BootTickets; goes to the kernel command line as resus.ticket=
/// @param kernel_extra more kernel parameters ("console=ttyS0,115200"), may be empty
[[nodiscard]] std::string recover_script(const std::string& ticket, const std::string& kernel_extra);

/// Boots the local disk: BIOS by INT 13h, UEFI by the firmware's next boot option.
[[nodiscard]] std::string local_script();

}  // namespace resus::netboot
