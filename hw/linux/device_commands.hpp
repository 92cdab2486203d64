#pragma once
// Questions to the device behind a disk that change nothing: ATA by SG_IO, NVMe by its admin commands. For hw/linux only.
#include "hw/block_device.hpp"

namespace resus::hw {

/// @param fd an open disk. Empty answers where a question was not understood.
[[nodiscard]] DeviceAnswers ask_ata(int fd);
[[nodiscard]] DeviceAnswers ask_nvme(int fd);

}  // namespace resus::hw
