#include "netboot/tftp_folder.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/support/temporary_directory.hpp"

namespace resus::netboot {
namespace {

namespace fs = std::filesystem;

class TftpFolderTest : public testing::Test {
 protected:
  TftpFolderTest() {
    fs::create_directories(programs_);
    std::ofstream(programs_ + "/snponly.efi") << "iPXE";
    fs::permissions(room_.path(), fs::perms::owner_all | fs::perms::others_exec | fs::perms::others_read);
    fs::permissions(room_.file("cache"), fs::perms::owner_all | fs::perms::others_exec);
    fs::permissions(programs_, fs::perms::owner_all | fs::perms::others_exec | fs::perms::others_read);
  }
  test::TemporaryDirectory room_;
  const std::string programs_ = room_.file("cache/ipxe");
};

TEST_F(TftpFolderTest, IsTheFolderItselfWhereEverybodyMayEnter) { EXPECT_EQ(TftpFolder::of(programs_).value()->path(), programs_); }

TEST_F(TftpFolderTest, IsACopyForOthersWhereAFolderAboveIsClosed) {
  fs::permissions(room_.file("cache"), fs::perms::owner_all);
  std::string path;
  {
    const auto folder = TftpFolder::of(programs_).value();
    path = folder->path();
    EXPECT_NE(path, programs_);
    const auto others = fs::perms::others_read;
    EXPECT_EQ(fs::status(path).permissions() & (others | fs::perms::others_exec | fs::perms::others_write), others | fs::perms::others_exec);
    EXPECT_EQ(fs::status(path + "/snponly.efi").permissions() & (others | fs::perms::others_write), others);
    std::string text;
    std::ifstream(path + "/snponly.efi") >> text;
    EXPECT_EQ(text, "iPXE");
  }
  EXPECT_FALSE(fs::exists(path));
}

TEST_F(TftpFolderTest, LeavesItToTheReaderToMissWhatIsNotThere) { EXPECT_EQ(TftpFolder::of("/nowhere/at/all").value()->path(), "/nowhere/at/all"); }

}  // namespace
}  // namespace resus::netboot
