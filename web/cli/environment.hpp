#pragma once
// What the commands use of the world; main.cpp chooses the real ones, tests the fakes.
#include <iosfwd>

#include "hw/block_device.hpp"
#include "hw/clock.hpp"
#include "hw/file_system.hpp"
#include "hw/partition_probe.hpp"
#include "web/cli/output.hpp"

namespace resus::web {

struct Environment {
  hw::DiskAccess& disks;
  hw::FileSystem& files;
  hw::PartitionProbe& partitions;
  const hw::Clock& clock;
  std::ostream& raw_out;  ///< where `--output -` goes
  Output& output;
};

}  // namespace resus::web
