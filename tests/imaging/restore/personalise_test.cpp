#include "imaging/restore/personalise.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "hw/linux/file_tree.hpp"
#include "tests/support/temporary_directory.hpp"

namespace resus::imaging {
namespace {

std::string slurp(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

class Personalise : public testing::Test {
 protected:
  void put(const std::string& path, const std::string& content) {
    std::filesystem::create_directories(std::filesystem::path(at(path)).parent_path());
    std::ofstream(at(path)) << content;
  }
  void make_debian() {
    put("usr/lib/os-release", "ID=debian\n");
    put("usr/lib/systemd/systemd", "");
    put("etc/hosts", "127.0.0.1 localhost\n127.0.1.1 golden\n::1 ip6-localhost\n");
    put("etc/machine-id", "0123456789abcdef0123456789abcdef\n");
  }
  std::string at(const std::string& path) const { return root_.file(path); }
  Result<void> run(const std::string& hostname) {
    hw::LinuxFileTrees trees;
    auto tree = trees.open(root_.path());
    return personalise(*tree.value(), {.hostname = hostname, .phone_home = "ELF", .phone_home_config = "{}"});
  }
  test::TemporaryDirectory root_;
};

TEST_F(Personalise, GivesTheMachineItsName) {
  make_debian();
  ASSERT_TRUE(run("ward-3.hospital.example"));
  EXPECT_EQ(slurp(at("etc/hostname")), "ward-3.hospital.example\n");
  EXPECT_EQ(slurp(at("etc/hosts")),
            "127.0.0.1 localhost\n127.0.1.1\tward-3.hospital.example ward-3\n::1 ip6-localhost\n");
  EXPECT_EQ(slurp(at("etc/machine-id")), "");
}

TEST_F(Personalise, InstallsAServiceThatReportsOnce) {
  make_debian();
  ASSERT_TRUE(run("ward-3"));
  struct stat program {}, config {};
  ASSERT_EQ(stat(at("usr/local/lib/resus/phone-home").c_str(), &program), 0);
  ASSERT_EQ(stat(at("etc/resus/phone-home.json").c_str(), &config), 0);
  EXPECT_EQ(program.st_mode & 07777U, 0755U);
  EXPECT_EQ(config.st_mode & 07777U, 0600U);
  EXPECT_EQ(std::filesystem::read_symlink(at("etc/systemd/system/multi-user.target.wants/resus-phone-home.service")),
            "/etc/systemd/system/resus-phone-home.service");
}

TEST_F(Personalise, ChangesNothingTheSecondTime) {
  make_debian();
  ASSERT_TRUE(run("ward-3"));
  const auto inode = [&](const char* path) {
    struct stat s {};
    return stat(at(path).c_str(), &s) == 0 ? s.st_ino : 0;
  };
  const auto hosts = inode("etc/hosts"), unit = inode("etc/systemd/system/resus-phone-home.service");
  ASSERT_TRUE(run("ward-3"));
  EXPECT_EQ(inode("etc/hosts"), hosts);
  EXPECT_EQ(inode("etc/systemd/system/resus-phone-home.service"), unit);
}

TEST_F(Personalise, TouchesNothingThatIsNoSystemdLinux) {
  put("Windows/System32/ntoskrnl.exe", "MZ");
  const auto done = run("ward-3");
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, hw::Code::kNotFound);
  EXPECT_FALSE(std::filesystem::exists(at("etc")));
}

TEST_F(Personalise, DoesNotWriteThroughASymlinkOfTheRoot) {
  make_debian();
  test::TemporaryDirectory outside;
  std::filesystem::create_directory_symlink(outside.path(), at("etc/resus"));
  EXPECT_EQ(run("ward-3").error().code, hw::Code::kArchiveHostile);
  EXPECT_TRUE(std::filesystem::is_empty(outside.path()));
}

TEST_F(Personalise, RefusesABadHostName) {
  make_debian();
  for (const char* name : {"", "-a", "a b", "a..b", "a\nb"}) EXPECT_EQ(run(name).error().code, hw::Code::kUsage);
}

}  // namespace
}  // namespace resus::imaging
