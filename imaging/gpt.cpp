#include "imaging/gpt.hpp"

#include <algorithm>
#include <cstdio>

#include "hw/plain_text.hpp"
#include "imaging/gpt_layout.hpp"

namespace resus::imaging {
namespace {

constexpr std::size_t kMbrEntriesAt = 446;
constexpr std::size_t kMbrEntryBytes = 16;
constexpr std::byte kProtective{0xEE};

std::uint64_t little(std::span<const std::byte> bytes, std::size_t at, std::size_t length) {
  std::uint64_t value = 0;
  for (std::size_t i = length; i-- > 0;) value = value << 8 | std::to_integer<std::uint64_t>(bytes[at + i]);
  return value;
}

Result<void> check_overlap(std::vector<Partition> partitions, std::uint64_t disk_bytes) {
  std::ranges::sort(partitions, {}, &Partition::offset_bytes);
  std::uint64_t end = 0;
  for (const auto& partition : partitions) {
    const std::string who = "partition " + std::to_string(partition.number);
    if (partition.offset_bytes < end) return hw::fail(hw::Code::kBadInput, who + " overlaps another");
    if (partition.offset_bytes > disk_bytes || partition.length_bytes > disk_bytes - partition.offset_bytes)
      return hw::fail(hw::Code::kBadInput, who + " lies beyond the disk");
    end = partition.offset_bytes + partition.length_bytes;
  }
  return hw::success();
}

Result<PartitionTable> from_gpt(const DiskShape& disk, const gpt::Copy& copy) {
  PartitionTable table{.kind = "gpt", .uuid = gpt::guid_text(copy.header.disk_guid)};
  const std::uint64_t sectors = disk.size_bytes / disk.sector_bytes;
  for (std::uint32_t i = 0; i < copy.header.entry_count; ++i) {
    const auto entry = std::span(copy.entries).subspan(std::size_t{i} * copy.header.entry_bytes, 128);
    if (std::ranges::all_of(entry.first(16), [](std::byte b) { return b == std::byte{}; })) continue;
    const std::uint64_t first = little(entry, 32, 8), last = little(entry, 40, 8);
    if (last < first || last >= sectors)
      return hw::fail(hw::Code::kBadInput, "partition " + std::to_string(i + 1) + " lies beyond the disk");
    table.partitions.push_back({.number = i + 1,
                                .offset_bytes = first * disk.sector_bytes,
                                .length_bytes = (last - first + 1) * disk.sector_bytes,
                                .type = gpt::guid_text(entry.first(16)),
                                .uuid = gpt::guid_text(entry.subspan(16, 16)),
                                .label = hw::utf8_of_utf16(entry.subspan(56, 72)),
                                .file_system = {}});
  }
  RESUS_TRY(check_overlap(table.partitions, disk.size_bytes));
  return table;
}

/// Primary partitions only: a golden image with logical ones has never been seen, and says so by missing them.
Result<PartitionTable> from_mbr(const DiskShape& disk, std::span<const std::byte> mbr) {
  PartitionTable table{.kind = "dos"};
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "0x%08x", static_cast<unsigned>(little(mbr, 440, 4)));
  table.uuid = text.data();
  for (std::uint32_t i = 0; i < 4; ++i) {
    const auto entry = mbr.subspan(kMbrEntriesAt + i * kMbrEntryBytes, kMbrEntryBytes);
    if (entry[4] == std::byte{} || little(entry, 12, 4) == 0) continue;
    std::snprintf(text.data(), text.size(), "0x%02x", std::to_integer<unsigned>(entry[4]));
    table.partitions.push_back({.number = i + 1,
                                .offset_bytes = little(entry, 8, 4) * disk.sector_bytes,
                                .length_bytes = little(entry, 12, 4) * disk.sector_bytes,
                                .type = text.data(),
                                .uuid = table.uuid.substr(2) + "-0" + std::to_string(i + 1),
                                .label = {},
                                .file_system = {}});
  }
  RESUS_TRY(check_overlap(table.partitions, disk.size_bytes));
  return table;
}

bool is_protective(std::span<const std::byte> mbr) {
  for (std::size_t i = 0; i < 4; ++i)
    if (mbr[kMbrEntriesAt + i * kMbrEntryBytes + 4] == kProtective) return true;
  return false;
}

Result<std::vector<std::byte>> read_mbr(const DiskShape& disk, const ReadAt& read) {
  std::vector<std::byte> mbr(disk.sector_bytes);
  if (disk.size_bytes < disk.sector_bytes) return mbr;
  RESUS_TRY(read(0, mbr));
  return mbr;
}

bool has_mbr_signature(std::span<const std::byte> mbr) {
  return mbr[510] == std::byte{0x55} && mbr[511] == std::byte{0xAA};
}

Result<void> check_shape(const DiskShape& disk) {
  if (disk.sector_bytes != 512 && disk.sector_bytes != 4096)
    return hw::fail(hw::Code::kUsage, "a sector of " + std::to_string(disk.sector_bytes) + " bytes");
  return hw::success();
}

/// Where the backup stands by the book, and in `header`'s words for the other copy.
gpt::Header moved_backup(gpt::Header header, std::uint64_t sectors, std::uint32_t sector_bytes) {
  header.my_lba = sectors - 1;
  header.alternate_lba = 1;
  header.entries_lba = sectors - 1 - gpt::entry_sectors(header, sector_bytes);
  header.last_usable_lba = header.entries_lba - 1;
  return header;
}

/// The protective partition covers the disk, or as much as 32 bits can say. Source: UEFI 2.10 section 5.2.3.
void stretch_protective(std::span<std::byte> mbr, std::uint64_t sectors) {
  const auto length = static_cast<std::uint32_t>(std::min<std::uint64_t>(sectors - 1, 0xFFFFFFFFu));
  for (std::size_t i = 0; i < 4; ++i) {
    const auto entry = mbr.subspan(kMbrEntriesAt + i * kMbrEntryBytes, kMbrEntryBytes);
    if (entry[4] != kProtective) continue;
    for (std::size_t b = 0; b < 4; ++b) entry[12 + b] = static_cast<std::byte>(length >> (8 * b));
    return;
  }
}

}  // namespace

Result<PartitionTable> read_partition_table(const DiskShape& disk, const ReadAt& read) {
  RESUS_TRY(check_shape(disk));
  RESUS_TRY(const auto mbr, read_mbr(disk, read));
  if (!has_mbr_signature(mbr)) return PartitionTable{.kind = "none"};
  if (!is_protective(mbr)) return from_mbr(disk, mbr);
  auto primary = gpt::read_copy(disk, read, 1);
  if (primary) return from_gpt(disk, primary.value());
  if (primary.error().code != hw::Code::kBadInput) return hw::failure(std::move(primary.error()));
  auto backup = gpt::read_copy(disk, read, disk.size_bytes / disk.sector_bytes - 1);
  if (!backup) {
    primary.error().secondary.push_back("backup: " + backup.error().context);
    return hw::failure(std::move(primary.error()));
  }
  RESUS_TRY(auto table, from_gpt(disk, backup.value()));
  table.from_backup = true;
  return table;
}

Result<std::vector<DiskPatch>> relocate_backup_gpt(const DiskShape& disk, const ReadAt& read) {
  RESUS_TRY(check_shape(disk));
  std::vector<DiskPatch> patches;
  RESUS_TRY(auto mbr, read_mbr(disk, read));
  if (!has_mbr_signature(mbr) || !is_protective(mbr)) return patches;
  RESUS_TRY(auto primary, gpt::read_copy(disk, read, 1));
  const std::uint64_t sectors = disk.size_bytes / disk.sector_bytes;
  const std::uint64_t former_lba = primary.header.alternate_lba;
  if (former_lba >= sectors) return hw::fail(hw::Code::kImageTooLarge, "the partition table belongs to a larger disk");
  if (former_lba == sectors - 1) return patches;

  const auto backup = moved_backup(primary.header, sectors, disk.sector_bytes);
  auto entries = primary.entries;
  entries.resize(gpt::entry_sectors(backup, disk.sector_bytes) * disk.sector_bytes);
  const std::size_t former_bytes = entries.size() + disk.sector_bytes;
  patches.push_back({backup.entries_lba * disk.sector_bytes, std::move(entries)});
  patches.push_back({backup.my_lba * disk.sector_bytes, gpt::encode_header(backup, disk.sector_bytes)});
  primary.header.alternate_lba = backup.my_lba;
  primary.header.last_usable_lba = backup.last_usable_lba;
  patches.push_back({disk.sector_bytes, gpt::encode_header(primary.header, disk.sector_bytes)});
  stretch_protective(mbr, sectors);
  patches.push_back({0, std::move(mbr)});
  const std::uint64_t former_first = (former_lba + 1) * disk.sector_bytes - former_bytes;
  const std::uint64_t clear_end = std::min((former_lba + 1) * disk.sector_bytes, backup.entries_lba * disk.sector_bytes);
  if (former_first < clear_end) patches.push_back({former_first, std::vector<std::byte>(clear_end - former_first)});
  return patches;
}

}  // namespace resus::imaging
