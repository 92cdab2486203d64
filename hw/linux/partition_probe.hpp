#pragma once
#include "hw/partition_probe.hpp"

namespace resus::hw {

/// PartitionProbe by libblkid. Threads: any.
class BlkidProbe final : public PartitionProbe {
 public:
  [[nodiscard]] Result<std::string> file_system(const std::string& path, std::uint64_t offset_bytes,
                                                std::uint64_t length_bytes) override;
};

}  // namespace resus::hw
