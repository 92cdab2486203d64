#include "imaging/disk_survey.hpp"

#include <gtest/gtest.h>

#include <cstring>

#include "tests/support/fake_disk.hpp"

namespace resus::imaging {
namespace {

using Bytes = std::vector<std::byte>;

void put(Bytes& bytes, std::size_t at, std::string_view text) { std::memcpy(bytes.data() + at, text.data(), text.size()); }

Bytes volume(std::size_t at, std::string_view sign) {
  Bytes bytes(4096);
  put(bytes, at, sign);
  return bytes;
}

TEST(EncryptionSign, KnowsEachKindByItsPlace) {
  EXPECT_EQ(encryption_sign(volume(3, "-FVE-FS-")), "BitLocker");
  EXPECT_EQ(encryption_sign(volume(0, std::string_view("LUKS\xba\xbe\0\2", 8))), "LUKS 2");
  EXPECT_EQ(encryption_sign(volume(0, std::string_view("LUKS\xba\xbe\0\1", 8))), "LUKS 1");
  auto core_storage = volume(88, "CS");
  core_storage[8] = std::byte{1};
  EXPECT_EQ(encryption_sign(core_storage), "FileVault (CoreStorage)");
  auto apfs = volume(32, "NXSB");
  EXPECT_EQ(encryption_sign(apfs), "") << "a container without a keybag is not encrypted";
  apfs[1304] = std::byte{1};
  EXPECT_EQ(encryption_sign(apfs), "APFS, encrypted");
}

TEST(EncryptionSign, SeesNoneInAPlainVolume) {
  EXPECT_EQ(encryption_sign(volume(3, "NTFS    ")), "");
  EXPECT_EQ(encryption_sign(Bytes(4096)), "");
  const auto luks = volume(0, std::string_view("LUKS\xba\xbe\0\2", 8));
  EXPECT_EQ(encryption_sign(std::span(luks).first(7)), "") << "too little to tell";
  EXPECT_EQ(encryption_sign({}), "");
}

/// An MBR with one partition at sector 2048.
Bytes disk_with_partition(std::size_t size_bytes) {
  Bytes disk(size_bytes);
  disk[446 + 4] = std::byte{0x83};
  disk[446 + 8 + 1] = std::byte{0x08};   // 2048
  disk[446 + 12 + 1] = std::byte{0x08};  // 2048 sectors
  disk[510] = std::byte{0x55};
  disk[511] = std::byte{0xAA};
  return disk;
}

TEST(DiskSurvey, FindsTheTableAndWhatIsEncrypted) {
  test::FakeDiskAccess access;
  auto& disk = access.add(4 << 20);
  disk.fill(0, disk_with_partition(4 << 20));
  disk.fill(1 << 20, volume(0, std::string_view("LUKS\xba\xbe\0\2", 8)));
  const auto reader = access.open_reader(disk.identity.path).value();
  const auto survey = survey_disk(*reader).value();
  EXPECT_EQ(survey.table.kind, "dos");
  ASSERT_EQ(survey.encrypted.size(), 1U);
  EXPECT_EQ(survey.encrypted[0].offset_bytes, 1U << 20);
  EXPECT_EQ(survey.encrypted[0].kind, "LUKS 2");
}

TEST(DiskSurvey, GoesOnWhereNothingCanBeRead) {
  test::FakeDiskAccess access;
  auto& disk = access.add(1 << 20);
  for (std::uint64_t sector = 0; sector < 2048; ++sector) disk.bad_sectors.insert(sector);
  const auto reader = access.open_reader(disk.identity.path).value();
  const auto survey = survey_disk(*reader);
  ASSERT_TRUE(survey) << survey.error().to_string();
  EXPECT_NE(survey.value().table_problem, "");
  EXPECT_TRUE(survey.value().encrypted.empty());
}

}  // namespace
}  // namespace resus::imaging
