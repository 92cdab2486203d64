#include "web/analysis/inode_places.hpp"

#include <gtest/gtest.h>

namespace resus::analysis {
namespace {

using imaging::ByteRange;

/// As fsstat of Sleuthkit 4.11 prints it, shortened.
constexpr char kExt4[] = R"(FILE SYSTEM INFORMATION
--------------------------------------------
File System Type: Ext4
Volume Name: 

METADATA INFORMATION
--------------------------------------------
Inode Range: 1 - 10241
Root Directory: 2

CONTENT INFORMATION
--------------------------------------------
Block Groups Per Flex Group: 16
Block Range: 0 - 40959
Block Size: 1024

Group: 0:
  Block Group Flags: [INODE_ZEROED, ]
  Inode Range: 1 - 2048
  Block Range: 1 - 8192
  Layout:
    Inode bitmap: 265 - 265
    Inode Table: 269 - 780
    Uninit Inode Table: 781 - 9000
Group: 1:
  Inode Range: 2049 - 4096
  Layout:
    Inode Table: 781 - 1292
)";

constexpr char kNtfs[] = R"(FILE SYSTEM INFORMATION
--------------------------------------------
File System Type: NTFS
METADATA INFORMATION
--------------------------------------------
Size of MFT Entries: 1024 bytes
)";

TEST(InodePlaces, KnowsTheInodeTablesOfExt4) {
  const auto places = InodePlaces::read(kExt4, {});
  EXPECT_EQ(places.file_system(), "Ext4");
  EXPECT_EQ(places.of(1), (ByteRange{269 * 1024, 256}));
  EXPECT_EQ(places.of(2048), (ByteRange{269 * 1024 + 2047 * 256, 256}));
  EXPECT_EQ(places.of(2049), (ByteRange{781 * 1024, 256}));
  EXPECT_EQ(places.of(4097), std::nullopt);
  EXPECT_EQ(places.of(0), std::nullopt);
}

TEST(InodePlaces, FollowsAnMftInPieces) {
  const auto places = InodePlaces::read(kNtfs, {{16384, 4096}, {900'000, 2048}});
  EXPECT_EQ(places.of(3), (ByteRange{16384 + 3 * 1024, 1024}));
  EXPECT_EQ(places.of(5), (ByteRange{900'000 + 1024, 1024}));
  EXPECT_EQ(places.of(6), std::nullopt);
}

TEST(InodePlaces, KnowsNothingOfWhatItCannotRead) {
  for (const char* text : {"", "File System Type: FAT32\n", "File System Type: Ext4\nInode Table: 7 - 3\n", "File System Type: NTFS\n"}) {
    EXPECT_EQ(InodePlaces::read(text, {{0, 4096}}).of(1), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace resus::analysis
