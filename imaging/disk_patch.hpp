#pragma once
// A few bytes written at a few places of a disk under a permit: the backup GPT of a larger disk.
#include <span>

#include "imaging/gpt.hpp"
#include "imaging/writable_disk.hpp"

namespace resus::imaging {

/// Writes the patches in order, each durable and read back before the next, so that a power cut leaves a prefix.
/// @pre offsets and lengths are multiples of the logical sector.
/// Errors: kReadBack when the device returns something else; kWrite, kDeviceGone.
/// **Destroys** what stood there.
[[nodiscard]] Result<void> apply_patches(WritableDisk& disk, std::span<const DiskPatch> patches);

}  // namespace resus::imaging
