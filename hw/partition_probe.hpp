#pragma once
// Which file system lies in a range of a disk.
#include <cstdint>
#include <string>

#include "hw/result.hpp"

namespace resus::hw {

class PartitionProbe {
 public:
  virtual ~PartitionProbe() = default;
  /// libblkid's word for the superblock found between two bytes of a device or image file ("ext4", "ntfs",
  /// "vfat", "crypto_LUKS", "BitLocker"), empty when there is none or more than one. Reads only.
  /// Errors: kRead.
  [[nodiscard]] virtual Result<std::string> file_system(const std::string& path, std::uint64_t offset_bytes,
                                                        std::uint64_t length_bytes) = 0;
};

}  // namespace resus::hw
