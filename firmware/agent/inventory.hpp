#pragma once
// What the depot is told about the machine at first contact.
#include <string>
#include <vector>

#include "hw/block_device.hpp"
#include "hw/machine.hpp"
#include "web/messages/enrol.hpp"

namespace resus::agent {

/// Every disk of the machine, or only the one at `only` when that is not empty (a workbench, a test).
[[nodiscard]] hw::Result<std::vector<hw::DiskIdentity>> visible_disks(hw::DiskAccess& disks, const std::string& only);

/// Identity and disks, with every text made printable: firmware strings may hold any bytes, JSON may not.
[[nodiscard]] hw::Result<messages::EnrolRequest> take_inventory(hw::MachineInspector& machine, hw::DiskAccess& disks,
                                                                  const std::string& only_disk);

/// Printable ASCII, at most 200 bytes; everything else becomes "?". Blanks at both ends go.
[[nodiscard]] std::string printable(const std::string& text);

}  // namespace resus::agent
