#include <gtest/gtest.h>

#include "firmware/init/disk_guard.hpp"
#include "firmware/init/heart.hpp"
#include "firmware/init/lease.hpp"

namespace resus::firmware {
namespace {

using namespace std::chrono_literals;

TEST(Heart, EndsASilentAgentAndStartsItAgain) {
  Heart heart;
  const Heart::Time start{};
  EXPECT_EQ(heart.next(start), Heart::Advice::kStart);
  heart.started(start);
  heart.beat(start + 50s);
  EXPECT_EQ(heart.next(start + 100s), Heart::Advice::kNothing);
  EXPECT_EQ(heart.next(start + 50s + Heart::kSilence + 1s), Heart::Advice::kStop);
  heart.ended(start + 120s);
  EXPECT_EQ(heart.next(start + 120s), Heart::Advice::kNothing);
  EXPECT_EQ(heart.next(start + 121s), Heart::Advice::kStart);
}

TEST(Heart, LeavesTheWatchdogAloneWhenNoStartEverBeats) {
  Heart heart;
  Heart::Time now{};
  for (int start = 0; start < Heart::kHopeless; ++start) {
    EXPECT_TRUE(heart.may_pet_watchdog());
    heart.started(now);
    heart.ended(now += 1s);
  }
  EXPECT_FALSE(heart.may_pet_watchdog());
  heart.started(now);
  heart.beat(now);
  EXPECT_TRUE(heart.may_pet_watchdog());
}

TEST(Lease, IsReadFromWhatTheScriptWrote) {
  const auto lease = parse_lease("eth0", "ip=10.0.0.5\nprefix=22\nrouter=10.0.0.1\nserver=10.0.0.2\n");
  EXPECT_EQ(lease.value(), (Lease{"eth0", "10.0.0.5", 22, "10.0.0.1", "10.0.0.2"}));
  EXPECT_FALSE(parse_lease("eth0", "ip=10.0.0.5;reboot\nprefix=24\n"));
  EXPECT_FALSE(parse_lease("eth0", "ip=10.0.0.5\nprefix=33\n"));
  EXPECT_EQ(parse_lease("eth0", "ip=10.0.0.5\nprefix=24\nrouter=x y\n").value().router, "");
}

TEST(Lease, PrefersTheCardTheFirmwareBootedFrom) {
  const std::vector<hw::NetworkLink> links{{.name = "eth0", .mac = "aa"}, {.name = "eth1", .mac = "bb"}};
  const std::vector<Lease> first{{.link = "eth0", .ip = "10.0.0.5"}};
  EXPECT_FALSE(choose_lease(first, links, "bb", false));
  EXPECT_EQ(choose_lease(first, links, "bb", true)->link, "eth0");
  const std::vector<Lease> both{{.link = "eth0", .ip = "10.0.0.5"}, {.link = "eth1", .ip = "10.0.0.6"}};
  EXPECT_EQ(choose_lease(both, links, "bb", false)->link, "eth1");
  EXPECT_EQ(choose_lease(first, links, "", false)->link, "eth0");
}

TEST(Lease, TakesTheMacFromBootif) {
  EXPECT_EQ(mac_of_bootif("01-52-54-00-AB-cd-ef"), "52:54:00:ab:cd:ef");
  EXPECT_EQ(mac_of_bootif("52-54-00-ab-cd-ef"), "");
  EXPECT_EQ(mac_of_bootif("01-52-54-00-ab-cd-eg"), "");
}

/// Disks that only remember what was write-blocked.
class BlockedDisks : public hw::DiskAccess {
 public:
  std::vector<hw::DiskIdentity> present;
  std::vector<std::string> blocked;
  std::string refuses;

  hw::Result<std::vector<hw::DiskIdentity>> list() override { return present; }
  hw::Result<void> write_block(const std::string& path) override {
    if (path == refuses) return hw::fail(hw::Code::kWriteBlock, path);
    blocked.push_back(path);
    return hw::success();
  }
  hw::Result<hw::DiskIdentity> identify(const std::string& path) override { return unused(path); }
  hw::Result<std::unique_ptr<hw::DiskReader>> open_reader(const std::string& path) override { return unused(path); }
  hw::Result<std::unique_ptr<hw::DiskWriter>> open_writer(const std::string& path) override { return unused(path); }
  hw::Result<std::uint64_t> sectors_written(const std::string& path) override { return unused(path); }
  hw::Result<hw::DeviceAnswers> ask(const std::string& path) override { return unused(path); }
  hw::Result<std::optional<std::vector<std::string>>> write_errors(const std::string& path) override { return unused(path); }
  hw::Result<std::vector<std::string>> mounts(const std::string& path) override { return unused(path); }

 private:
  static boost::outcome_v2::failure_type<hw::Error> unused(const std::string& path) {
    return hw::fail(hw::Code::kInternal, "init must not touch " + path);
  }
};

TEST(DiskGuard, BlocksEachDiskOnceAndNewOnesToo) {
  BlockedDisks disks;
  disks.present = {{.path = "/dev/sda", .serial = "A"}};
  DiskGuard guard(disks);
  ASSERT_TRUE(guard.check());
  disks.present.push_back({.path = "/dev/sdb", .serial = "B"});
  ASSERT_TRUE(guard.check());
  ASSERT_TRUE(guard.check());
  EXPECT_EQ(disks.blocked, (std::vector<std::string>{"/dev/sda", "/dev/sdb"}));
}

TEST(DiskGuard, BlocksAnotherDiskThatTakesAName) {
  BlockedDisks disks;
  disks.present = {{.path = "/dev/sda", .serial = "A"}};
  DiskGuard guard(disks);
  ASSERT_TRUE(guard.check());
  disks.present = {{.path = "/dev/sda", .serial = "B"}};
  ASSERT_TRUE(guard.check());
  EXPECT_EQ(disks.blocked.size(), 2U);
}

TEST(DiskGuard, GoesOnFailingWhileOneDiskCannotBeBlocked) {
  BlockedDisks disks;
  disks.present = {{.path = "/dev/sda", .serial = "A"}, {.path = "/dev/sdb", .serial = "B"}};
  disks.refuses = "/dev/sda";
  DiskGuard guard(disks);
  EXPECT_FALSE(guard.check());
  EXPECT_FALSE(guard.check());
  EXPECT_EQ(disks.blocked, (std::vector<std::string>{"/dev/sdb"}));
  disks.refuses = "";
  EXPECT_TRUE(guard.check());
}

}  // namespace
}  // namespace resus::firmware
