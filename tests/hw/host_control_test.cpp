#include "hw/linux/host_control.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/support/fake_clock.hpp"
#include "tests/support/fake_disk.hpp"
#include "tests/support/fake_host_control.hpp"
#include "tests/support/fake_processes.hpp"
#include "tests/support/temporary_directory.hpp"

namespace resus::hw {
namespace {

TEST(CommandLine, SplitsWordsAndKeepsQuotedBlanksTogether) {
  const auto words = parse_command_line("quiet depot=10.77.0.1 title=\"ward 7\" BOOTIF=01-52-54\n");
  ASSERT_EQ(words.size(), 4u);
  EXPECT_EQ(option_of(words, "quiet"), "");
  EXPECT_EQ(option_of(words, "title"), "ward 7");
  EXPECT_EQ(option_of(words, "BOOTIF"), "01-52-54");
  EXPECT_EQ(option_of(words, "absent"), std::nullopt);
}

TEST(CommandLine, LetsTheLastOfTwoValuesCount) {
  EXPECT_EQ(option_of(parse_command_line("a=1 a=2"), "a"), "2");
}

TEST(KernelLog, TakesTheMessageOutOfARecord) {
  EXPECT_EQ(message_of_record("6,339,5140900,-;NET: Registered\n SUBSYSTEM=net\n"), "NET: Registered");
  EXPECT_EQ(message_of_record("4,1,0,-,caller=T1;a;b\n"), "a;b");
  EXPECT_EQ(message_of_record("rubbish"), "");
}

TEST(LinuxHostControl, ReadsTheKernelsCommandLineAndLog) {
  test::FakeProcesses none;
  LinuxHostControl host(none);
  EXPECT_TRUE(host.command_line());
  if (::geteuid() != 0) GTEST_SKIP() << "the kernel log is for root";
  EXPECT_TRUE(host.kernel_log());
}

TEST(LinuxHostControl, GivesNtfsToItsHelper) {
  test::FakeProcesses processes;
  processes.record({"/bin/ntfs-3g"}, {.exit_status = 0, .out = {}, .err = {}});
  LinuxHostControl host(processes);
  const test::TemporaryDirectory directory;
  ASSERT_TRUE(host.mount({.source = "/dev/sda3", .target = directory.file("data"), .file_system = "ntfs"}));
  EXPECT_EQ(processes.commands.at(0).argv,
            (std::vector<std::string>{"/bin/ntfs-3g", "-o", "rw,nosuid,nodev,noexec", "/dev/sda3", directory.file("data")}));
}

TEST(FakeProcesses, AnswersTheLongestRecordedBeginningAndRefusesTheUnknown) {
  test::FakeProcesses processes;
  processes.record({"/sbin/blkid"}, {.exit_status = 2, .out = {}, .err = {}});
  processes.record({"/sbin/blkid", "/dev/sda"}, {.exit_status = 0, .out = "ext4", .err = {}});
  EXPECT_EQ(processes.run({.argv = {"/sbin/blkid", "/dev/sda", "-p"}}).value().out, "ext4");
  EXPECT_EQ(processes.run({.argv = {"/sbin/blkid", "/dev/sdb"}}).value().exit_status, 2);
  EXPECT_FALSE(processes.run({.argv = {"/sbin/mke2fs"}}));
}

TEST(FakeClock, MovesOnlyWhenTold) {
  test::FakeClock clock;
  const auto before = clock.steady();
  EXPECT_EQ(to_rfc3339(clock.now()), "2026-11-23T11:00:00.000Z");
  clock.advance(std::chrono::seconds(2));
  EXPECT_EQ(clock.steady() - before, std::chrono::seconds(2));
}

}  // namespace
}  // namespace resus::hw
