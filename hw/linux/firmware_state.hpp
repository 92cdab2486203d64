#pragma once
#include "hw/firmware_state.hpp"
#include "hw/linux/machine_inspector.hpp"

namespace resus::hw {

/// Reads efivarfs and the TPM's event log, where they are mounted. Changes nothing. What cannot be read is a note.
[[nodiscard]] FirmwareState read_firmware_state(const MachineRoots& roots = {});

}  // namespace resus::hw
