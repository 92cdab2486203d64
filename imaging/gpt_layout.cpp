#include "imaging/gpt_layout.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace resus::imaging::gpt {
namespace {

constexpr std::string_view kSignature = "EFI PART";
constexpr std::uint32_t kRevision = 0x00010000;

template <class T>
T get(std::span<const std::byte> bytes, std::size_t at) {
  T value{};
  for (std::size_t i = 0; i < sizeof(T); ++i)
    value = static_cast<T>(value | static_cast<T>(std::to_integer<T>(bytes[at + i]) << (8 * i)));
  return value;
}

template <class T>
void put(std::span<std::byte> bytes, std::size_t at, T value) {
  for (std::size_t i = 0; i < sizeof(T); ++i) bytes[at + i] = static_cast<std::byte>(value >> (8 * i));
}

Result<void> check_fields(const DiskShape& disk, const Header& header, std::uint64_t lba) {
  const auto bad = [](const char* what) { return hw::fail(hw::Code::kBadInput, std::string("GPT header: ") + what); };
  const std::uint64_t sectors = disk.size_bytes / disk.sector_bytes;
  if (header.my_lba != lba) return bad("names another place than its own");
  if (header.entry_count == 0 || header.entry_count > kMaxEntries) return bad("number of entries");
  if (header.entry_bytes < kMinEntryBytes || header.entry_bytes > kMaxEntryBytes ||
      (header.entry_bytes & (header.entry_bytes - 1)) != 0)
    return bad("size of an entry");
  const std::uint64_t length = entry_sectors(header, disk.sector_bytes);
  if (header.entries_lba >= sectors || length > sectors - header.entries_lba) return bad("entries beyond the disk");
  if (header.first_usable_lba > header.last_usable_lba) return bad("usable range");
  return hw::success();
}

}  // namespace

std::uint32_t crc32(std::span<const std::byte> bytes) {
  std::uint32_t crc = 0xFFFFFFFFu;
  for (const std::byte byte : bytes) {
    crc ^= std::to_integer<std::uint32_t>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ (0xEDB88320u & (0u - (crc & 1u)));
  }
  return ~crc;
}

std::string guid_text(std::span<const std::byte> guid) {
  static constexpr std::array<int, 16> kOrder{3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
  static constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string text;
  for (std::size_t i = 0; i < kOrder.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    const auto value = std::to_integer<unsigned>(guid[static_cast<std::size_t>(kOrder[i])]);
    text += kHex[value >> 4];
    text += kHex[value & 15];
  }
  return text;
}

std::uint64_t entry_sectors(const Header& header, std::uint32_t sector_bytes) {
  const std::uint64_t bytes = std::uint64_t{header.entry_count} * header.entry_bytes;
  return (bytes + sector_bytes - 1) / sector_bytes;
}

Result<Copy> read_copy(const DiskShape& disk, const ReadAt& read, std::uint64_t lba) {
  const auto bad = [](const char* what) { return hw::fail(hw::Code::kBadInput, std::string("GPT header: ") + what); };
  if (lba >= disk.size_bytes / disk.sector_bytes) return bad("beyond the disk");
  std::vector<std::byte> sector(disk.sector_bytes);
  RESUS_TRY(read(lba * disk.sector_bytes, sector));
  if (std::memcmp(sector.data(), kSignature.data(), kSignature.size()) != 0) return bad("no signature");
  const auto header_bytes = get<std::uint32_t>(sector, 12);
  if (get<std::uint32_t>(sector, 8) != kRevision) return bad("unknown revision");
  if (header_bytes < kHeaderBytes || header_bytes > disk.sector_bytes) return bad("size of the header");
  const auto stored = get<std::uint32_t>(sector, 16);
  put<std::uint32_t>(sector, 16, 0);
  if (crc32(std::span(sector).first(header_bytes)) != stored) return bad("checksum");
  Copy copy;
  Header& header = copy.header;
  header.my_lba = get<std::uint64_t>(sector, 24);
  header.alternate_lba = get<std::uint64_t>(sector, 32);
  header.first_usable_lba = get<std::uint64_t>(sector, 40);
  header.last_usable_lba = get<std::uint64_t>(sector, 48);
  std::copy_n(sector.begin() + 56, header.disk_guid.size(), header.disk_guid.begin());
  header.entries_lba = get<std::uint64_t>(sector, 72);
  header.entry_count = get<std::uint32_t>(sector, 80);
  header.entry_bytes = get<std::uint32_t>(sector, 84);
  header.entries_crc = get<std::uint32_t>(sector, 88);
  RESUS_TRY(check_fields(disk, header, lba));
  copy.entries.resize(std::size_t{header.entry_count} * header.entry_bytes);
  RESUS_TRY(read(header.entries_lba * disk.sector_bytes, copy.entries));
  if (crc32(copy.entries) != header.entries_crc) return bad("checksum of the entries");
  return copy;
}

std::vector<std::byte> encode_header(const Header& header, std::uint32_t sector_bytes) {
  std::vector<std::byte> sector(sector_bytes);
  std::memcpy(sector.data(), kSignature.data(), kSignature.size());
  put<std::uint32_t>(sector, 8, kRevision);
  put<std::uint32_t>(sector, 12, kHeaderBytes);
  put<std::uint64_t>(sector, 24, header.my_lba);
  put<std::uint64_t>(sector, 32, header.alternate_lba);
  put<std::uint64_t>(sector, 40, header.first_usable_lba);
  put<std::uint64_t>(sector, 48, header.last_usable_lba);
  std::ranges::copy(header.disk_guid, sector.begin() + 56);
  put<std::uint64_t>(sector, 72, header.entries_lba);
  put<std::uint32_t>(sector, 80, header.entry_count);
  put<std::uint32_t>(sector, 84, header.entry_bytes);
  put<std::uint32_t>(sector, 88, header.entries_crc);
  put<std::uint32_t>(sector, 16, crc32(std::span(sector).first(kHeaderBytes)));
  return sector;
}

}  // namespace resus::imaging::gpt
