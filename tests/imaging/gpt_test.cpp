#include "imaging/gpt.hpp"

#include <gtest/gtest.h>

#include <cstring>

#include "imaging/gpt_layout.hpp"

namespace resus::imaging {
namespace {

constexpr std::uint64_t kSectors = 4096;
constexpr std::size_t kMbrTable = 446;
constexpr std::size_t kMbrEntry = 16;

template <class T>
void put_little(std::span<std::byte> bytes, std::size_t at, T value) {
  for (std::size_t i = 0; i < sizeof(T); ++i) bytes[at + i] = static_cast<std::byte>(value >> (8 * i));
}

/// A disk in memory with a GPT for its first `table_sectors` sectors.
class MemoryDisk {
 public:
  explicit MemoryDisk(std::uint64_t table_sectors) : bytes_(table_sectors * 512) {
    auto mbr = std::span(bytes_).first(512);
    mbr[kMbrTable + 4] = std::byte{0xee};
    put_little<std::uint32_t>(mbr, kMbrTable + 8, 1);
    put_little<std::uint32_t>(mbr, kMbrTable + 12, static_cast<std::uint32_t>(table_sectors - 1));
    put_little<std::uint16_t>(mbr, 510, 0xaa55);
    put_copy(1, table_sectors - 1, 2);
    put_copy(table_sectors - 1, 1, table_sectors - 33);
  }
  void grow(std::uint64_t sectors) { bytes_.resize(sectors * 512); }
  void apply(const DiskPatch& patch) {
    std::copy(patch.bytes.begin(), patch.bytes.end(), bytes_.begin() + static_cast<std::ptrdiff_t>(patch.offset_bytes));
  }
  DiskShape shape() const { return {.size_bytes = bytes_.size()}; }
  ReadAt reader() const {
    return [this](std::uint64_t offset, std::span<std::byte> out) -> Result<void> {
      if (offset > bytes_.size() || bytes_.size() - offset < out.size()) return hw::fail(hw::Code::kRead, "outside");
      std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(offset), out.size(), out.begin());
      return hw::success();
    };
  }
  std::vector<std::byte>& bytes() { return bytes_; }

 private:
  void put_copy(std::uint64_t own, std::uint64_t other, std::uint64_t entries_lba) {
    std::vector<std::byte> entries(128 * 128);
    entries[0] = entries[16] = std::byte{0xab};
    put_little<std::uint64_t>(entries, 32, 64);
    put_little<std::uint64_t>(entries, 40, 127);
    std::memcpy(entries.data() + 56, "r\0o\0o\0t\0", 8);
    const gpt::Header header{.my_lba = own, .alternate_lba = other, .first_usable_lba = 34,
                             .last_usable_lba = std::max(own, other) - 33, .entries_lba = entries_lba,
                             .entry_count = 128, .entry_bytes = 128, .entries_crc = gpt::crc32(entries)};
    apply({.offset_bytes = entries_lba * 512, .bytes = entries});
    apply({.offset_bytes = own * 512, .bytes = gpt::encode_header(header, 512)});
  }
  std::vector<std::byte> bytes_;
};

TEST(Gpt, ListsPartitions) {
  const MemoryDisk disk(kSectors);
  const auto table = read_partition_table(disk.shape(), disk.reader());
  ASSERT_TRUE(table) << table.error().to_string();
  EXPECT_EQ(table.value().kind, "gpt");
  ASSERT_EQ(table.value().partitions.size(), 1U);
  EXPECT_EQ(table.value().partitions[0].offset_bytes, 64U * 512);
  EXPECT_EQ(table.value().partitions[0].length_bytes, 64U * 512);
  EXPECT_EQ(table.value().partitions[0].type, "000000AB-0000-0000-0000-000000000000");
  EXPECT_EQ(table.value().partitions[0].label, "root");
}

TEST(Gpt, TakesTheBackupWhenThePrimaryIsDamaged) {
  MemoryDisk disk(kSectors);
  disk.bytes()[512 + 60] ^= std::byte{1};
  const auto table = read_partition_table(disk.shape(), disk.reader());
  ASSERT_TRUE(table) << table.error().to_string();
  EXPECT_TRUE(table.value().from_backup);
}

TEST(Gpt, IsRefusedWhenBothCopiesAreDamaged) {
  MemoryDisk disk(kSectors);
  disk.bytes()[512 + 60] ^= std::byte{1};
  disk.bytes()[disk.bytes().size() - 512 + 60] ^= std::byte{1};
  EXPECT_EQ(read_partition_table(disk.shape(), disk.reader()).error().code, hw::Code::kBadInput);
}

TEST(Gpt, NeedsNothingWhenTheBackupIsAtTheEnd) {
  const MemoryDisk disk(kSectors);
  EXPECT_TRUE(relocate_backup_gpt(disk.shape(), disk.reader()).value().empty());
}

TEST(Gpt, MovesItsBackupToTheEndOfALargerDisk) {
  MemoryDisk disk(kSectors);
  disk.grow(2 * kSectors);
  const auto patches = relocate_backup_gpt(disk.shape(), disk.reader()).value();
  for (const auto& patch : patches) disk.apply(patch);
  disk.bytes()[512] = std::byte{0};  // only the backup is left
  const auto table = read_partition_table(disk.shape(), disk.reader());
  ASSERT_TRUE(table) << table.error().to_string();
  EXPECT_TRUE(table.value().from_backup);
  EXPECT_EQ(table.value().partitions.size(), 1U);
  EXPECT_EQ(disk.bytes()[kMbrTable + 13], std::byte{0x1f});  // 8191 sectors behind the first
  EXPECT_EQ(disk.bytes()[(kSectors - 1) * 512], std::byte{0});
}

TEST(Gpt, IsReadableAfterEveryPatchOfTheMove) {
  MemoryDisk disk(kSectors);
  disk.grow(kSectors + 8);
  const auto patches = relocate_backup_gpt(disk.shape(), disk.reader()).value();
  for (const auto& patch : patches) {
    disk.apply(patch);
    EXPECT_TRUE(read_partition_table(disk.shape(), disk.reader()));
  }
  EXPECT_TRUE(relocate_backup_gpt(disk.shape(), disk.reader()).value().empty());
}

TEST(Gpt, IsRefusedOnASmallerDisk) {
  MemoryDisk disk(kSectors);
  disk.grow(kSectors - 1);
  EXPECT_EQ(relocate_backup_gpt(disk.shape(), disk.reader()).error().code, hw::Code::kImageTooLarge);
}

TEST(Mbr, ListsPrimaryPartitions) {
  MemoryDisk disk(kSectors);
  auto& b = disk.bytes();
  std::fill(b.begin(), b.begin() + 510, std::byte{0});
  b[kMbrTable + 4] = std::byte{0x83};
  put_little<std::uint32_t>(b, kMbrTable + 8, 64);
  put_little<std::uint32_t>(b, kMbrTable + 12, 100);
  const auto table = read_partition_table(disk.shape(), disk.reader());
  ASSERT_TRUE(table) << table.error().to_string();
  EXPECT_EQ(table.value().kind, "dos");
  ASSERT_EQ(table.value().partitions.size(), 1U);
  EXPECT_EQ(table.value().partitions[0].type, "0x83");
  EXPECT_EQ(table.value().partitions[0].offset_bytes, 64U * 512);
}

}  // namespace
}  // namespace resus::imaging
