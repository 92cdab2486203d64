#pragma once
// What stands on a disk before it is copied: partition table and signs of encryption.
#include <string>
#include <string_view>
#include <vector>

#include "hw/block_device.hpp"
#include "imaging/gpt.hpp"

namespace resus::imaging {

struct EncryptedVolume {
  std::uint64_t offset_bytes = 0;  ///< where the volume begins
  std::string kind;                ///< "BitLocker", "LUKS 2", "FileVault (CoreStorage)", "APFS, encrypted"
};

struct DiskSurvey {
  PartitionTable table;
  std::string table_problem;  ///< why there is no table; empty: there is none, or it was read
  std::vector<EncryptedVolume> encrypted;
};

/// The sign of encryption at the beginning of a volume, or an empty text.
/// @param begin  its first bytes, 4096 are enough; fewer say less.
/// Sources: BitLocker: libyal libbde documentation, volume header ("-FVE-FS-" at 3; To Go: the GUID at 424). LUKS: LUKS1 and LUKS2
/// on-disk formats (magic and version at 0). CoreStorage: libyal libfvde documentation (signature "CS" at 88). APFS: Apple File
/// System Reference, nx_superblock_t ("NXSB" at 32; a keybag at 1296 means that volumes are encrypted).
[[nodiscard]] std::string encryption_sign(std::span<const std::byte> begin);

/// Reads the tables and the first 4 KiB of every partition, and of the disk itself. A place that cannot be read has no sign.
/// Errors: kDeviceGone, kRead (a read that could not be queued).
[[nodiscard]] Result<DiskSurvey> survey_disk(hw::DiskReader& disk);

}  // namespace resus::imaging
