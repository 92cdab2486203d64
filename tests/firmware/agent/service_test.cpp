#include "firmware/agent/service.hpp"

#include <gtest/gtest.h>

#include "firmware/agent/work.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/fake_depot.hpp"
#include "tests/support/fake_host_control.hpp"
#include "tests/support/locked_disk.hpp"
#include "tests/support/memory_file_system.hpp"
#include "tests/support/no_trees.hpp"

namespace resus::agent {
namespace {

using Cut = test::FakeDepot::Cut;

constexpr std::size_t kDiskBytes = 3 * imaging::kSegmentBytes;
constexpr char kMounts[] = "/proc/self/mounts";

/// A machine with one infected disk, and a depot. Every boot() is a fresh agent with nothing remembered.
struct Rig {
  test::FakeClock clock;
  test::LockedDiskAccess disks;
  test::FakeHostControl host;
  test::MemoryFileSystem files;
  test::NoTrees trees;
  test::NoSandbox sandbox;
  test::QuietConsole console;
  test::FakeDisk& disk = disks.add(kDiskBytes);
  std::vector<std::byte> infected = test::mixed_disk(kDiskBytes, 1);
  test::FakeDepot depot{test::mixed_disk(kDiskBytes, 2)};
  std::optional<imaging::PublicKey> baked;  ///< what the boot image trusts; nothing: the depot's key
  int boots = 0, beats = 0;
  std::function<hw::Result<void>(Tools&, const std::stop_token&)> other_work;  ///< instead of what the depot asks for

  Rig() {
    disk.fill(0, infected);
    depot.disk = {.path = disk.identity.path, .serial = disk.identity.serial, .size_bytes = kDiskBytes};
    (void)!files.make_directories("/proc/self").has_value();
    (void)!files.replace(kMounts, "proc /proc proc rw 0 0\n").has_value();
  }

  /// Runs one boot until the machine restarts into its own system (true) or is stopped.
  bool boot() {
    std::stop_source stop;
    depot.on_power_cut = [&] { stop.request_stop(); };
    depot.power_on();
    Status status(clock);
    BootMemory memory;
    Tools tools{.api = depot, .disks = disks, .host = host, .files = files, .trees = trees, .sandbox = sandbox,
                .clock = clock, .status = status, .trusted = {baked.value_or(depot.key.public_key())},
                .boot_id = "boot-" + std::to_string(++boots), .phone_home_program = {}, .mount_point = "/run/target"};
    tools.pause = [](std::chrono::milliseconds wait, const std::stop_token& token) {
      return imaging::pause_for(std::min(wait, std::chrono::milliseconds(1)), token);
    };
    const auto work = [&](const messages::Task& task, const std::stop_token& token) -> hw::Result<void> {
      if (other_work) return other_work(tools, token);
      if (task.task != messages::TaskKind::kRestore) return do_task(tools, memory, task, token);
      return tools.api.restored({.attempt = task.attempt});
    };
    Service service({.tools = tools, .memory = memory, .console = console, .identity = {.boot_id = tools.boot_id},
                     .short_code = "ABCDEF", .work = work, .beat = [this] { ++beats; },
                     .tick = std::chrono::milliseconds(1), .poll = std::chrono::seconds(1)});
    return service.run(stop.get_token());
  }

  [[nodiscard]] bool evidence_is_the_infected_disk() const {
    return depot.evidence.disk(kDiskBytes) == infected && depot.evidence.summary->root == test::root_of_bytes(infected);
  }
};

TEST(AgentService, TakesAMachineFromItsInfectedDiskToItsRestart) {
  Rig rig;
  EXPECT_TRUE(rig.boot());
  EXPECT_EQ(rig.disk.bytes, rig.depot.image.bytes);
  EXPECT_EQ(rig.depot.acquisitions, 1);
  EXPECT_EQ(rig.depot.deployments, 1);
  EXPECT_TRUE(rig.evidence_is_the_infected_disk());
  EXPECT_GT(rig.beats, 0);
}

class AgentCuts : public testing::TestWithParam<Cut> {};

TEST_P(AgentCuts, AtEveryCallLeadToTheSameEnd) {
  int cut_at = 0;
  for (bool reached = true; reached; ++cut_at) {
    Rig rig;
    rig.depot.cut = GetParam();
    rig.depot.cut_at = cut_at;
    bool restarted = rig.boot();
    reached = rig.depot.calls > cut_at;
    for (int again = 0; !restarted && again < 3; ++again) {
      rig.disk.power_loss();
      restarted = rig.boot();
    }
    ASSERT_TRUE(restarted) << "cut at call " << cut_at;
    ASSERT_EQ(rig.disk.bytes, rig.depot.image.bytes) << "cut at call " << cut_at;
    ASSERT_TRUE(rig.evidence_is_the_infected_disk()) << "cut at call " << cut_at;
    ASSERT_TRUE(rig.depot.troubles.empty()) << rig.depot.troubles.front().detail << ", cut at call " << cut_at;
  }
  EXPECT_GT(cut_at, 10);
}

INSTANTIATE_TEST_SUITE_P(Every, AgentCuts, testing::Values(Cut::kAnswerLost, Cut::kNotReached, Cut::kPower));

TEST(AgentService, WhatAKilledRunLeftMountedIsUnmountedBeforeAnythingElse) {
  Rig rig;
  ASSERT_TRUE(rig.host.mount({.source = "/dev/fake01", .target = "/run/target", .file_system = "ext4"}));
  EXPECT_TRUE(rig.boot());
  EXPECT_TRUE(rig.host.mounts.empty());
}

TEST(AgentService, FollowsTheFormerKeysHandoverToTheDepotsPresentOne) {
  Rig rig;
  const auto former = imaging::SigningKey::generate().value();
  rig.baked = former.public_key();
  const auto handover = R"({"v":1,"former":")" + to_base64(former.public_key()) + R"(","current":")" + to_base64(rig.depot.key.public_key()) +
                        R"(","actor":"a","reason":"r","time":"t"})";
  rig.depot.handovers = {imaging::seal(former, imaging::Purpose::kKeyHandover, handover).value()};
  EXPECT_TRUE(rig.boot());
  EXPECT_EQ(rig.disk.bytes, rig.depot.image.bytes);
}

TEST(AgentService, AHandoverThatTheTrustedKeyDidNotSignLeavesTheDiskAlone) {
  Rig rig;
  rig.baked = imaging::SigningKey::generate().value().public_key();
  const auto handover = R"({"v":1,"former":")" + to_base64(*rig.baked) + R"(","current":")" + to_base64(rig.depot.key.public_key()) +
                        R"(","actor":"a","reason":"r","time":"t"})";
  rig.depot.handovers = {imaging::seal(rig.depot.key, imaging::Purpose::kKeyHandover, handover).value()};
  rig.depot.on_trouble = [&] { rig.depot.on_power_cut(); };
  EXPECT_FALSE(rig.boot());
  EXPECT_EQ(rig.depot.troubles.front().code, "E-IMAGE-02");
  EXPECT_EQ(rig.disk.writers_opened, 0U);
}

TEST(AgentService, TheDiskIsNotTouchedWhenItsImageDoesNotVerify) {
  Rig rig;
  rig.depot.image.envelope = imaging::seal(imaging::SigningKey::generate().value(), imaging::Purpose::kGoldenImage,
                                           imaging::to_json(rig.depot.image.manifest)).value();
  rig.depot.on_trouble = [&] { rig.depot.on_power_cut(); };
  EXPECT_FALSE(rig.boot());
  EXPECT_EQ(rig.depot.troubles.front().code, "E-IMAGE-02");
  EXPECT_EQ(rig.disk.bytes, rig.infected);
  EXPECT_EQ(rig.disk.writers_opened, 0U);
  EXPECT_TRUE(rig.evidence_is_the_infected_disk());
}

TEST(AgentService, EndsWhileTheDepotCallsItsWorkOff) {
  Rig rig;
  rig.other_work = [](Tools& tools, const std::stop_token& token) -> hw::Result<void> {
    tools.status.begin_stage("copy", 1);
    while (imaging::pause_for(std::chrono::hours(1), token)) {}
    return hw::fail(hw::Code::kCancelled, "called off");
  };
  rig.depot.on_progress = [&] {
    rig.depot.on_power_cut();
    rig.depot.until_cancelled();  // the answer comes while the agent lets go of its work
    return messages::ProgressReply{.cancel = true};
  };
  EXPECT_FALSE(rig.boot());
}

}  // namespace
}  // namespace resus::agent
