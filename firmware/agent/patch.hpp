#pragma once
// Small writes at any place of a disk that only takes aligned ones.
#include <span>
#include <vector>

#include "hw/block_device.hpp"
#include "imaging/gpt.hpp"

namespace resus::agent {

/// Reads any range by reading the aligned one around it. Units: bytes.
[[nodiscard]] hw::Result<void> read_any(hw::DiskWriter& disk, std::uint64_t offset_bytes, std::span<std::byte> buffer);

/// Writes each patch into the aligned blocks around it, syncs after each (their order matters to a power cut) and
/// compares what the device gives back. **Destroys** the patched ranges. Errors: kWrite, kReadBack.
[[nodiscard]] hw::Result<void> apply_patches(hw::DiskWriter& disk, const std::vector<imaging::DiskPatch>& patches);

}  // namespace resus::agent
