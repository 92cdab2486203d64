#pragma once
// The GPT's structures as bytes. Source: UEFI 2.10 section 5. Only for imaging/gpt*.cpp.
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "imaging/gpt.hpp"

namespace resus::imaging::gpt {

inline constexpr std::size_t kHeaderBytes = 92;
inline constexpr std::uint32_t kMaxEntries = 1024;  ///< 128 in practice; more than this is no real table
inline constexpr std::uint32_t kMinEntryBytes = 128;
inline constexpr std::uint32_t kMaxEntryBytes = 4096;

struct Header {
  std::uint64_t my_lba = 0;
  std::uint64_t alternate_lba = 0;
  std::uint64_t first_usable_lba = 0;
  std::uint64_t last_usable_lba = 0;
  std::array<std::byte, 16> disk_guid{};
  std::uint64_t entries_lba = 0;
  std::uint32_t entry_count = 0;
  std::uint32_t entry_bytes = 0;
  std::uint32_t entries_crc = 0;
};

/// One copy of the table with its entries as they stand on the disk.
struct Copy {
  Header header;
  std::vector<std::byte> entries;  ///< entry_count × entry_bytes
};

/// CRC-32 as in IEEE 802.3, reflected. Source: UEFI 2.10 section 4.2.
[[nodiscard]] std::uint32_t crc32(std::span<const std::byte> bytes);
/// Text form of a GUID stored in mixed endianness, upper case.
[[nodiscard]] std::string guid_text(std::span<const std::byte> guid);
/// Reads the copy whose header stands at `lba`. Errors: kBadInput saying what is wrong; what `read` returns.
[[nodiscard]] Result<Copy> read_copy(const DiskShape& disk, const ReadAt& read, std::uint64_t lba);
/// One sector with the header and both checksums.
[[nodiscard]] std::vector<std::byte> encode_header(const Header& header, std::uint32_t sector_bytes);
/// Sectors that the entries take.
[[nodiscard]] std::uint64_t entry_sectors(const Header& header, std::uint32_t sector_bytes);

}  // namespace resus::imaging::gpt
