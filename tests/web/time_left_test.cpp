#include "web/depot/time_left.hpp"

#include <gtest/gtest.h>

namespace resus::depot {
namespace {

using imaging::Phase;

constexpr std::uint64_t kDiskBytes = 480'000'000'000;

/// Copying for so long.
MachineRecord working(Phase phase, double seconds) {
  MachineRecord r;
  r.id = "m-ABC234";
  r.phase = phase;
  r.image_id = "img";
  r.disk.size_bytes = kDiskBytes;
  r.times = {{.phase = phase, .worked_ms = static_cast<std::int64_t>(seconds * 1000), .since_ms = 1}};
  return r;
}

RecentRates rates(std::size_t count, std::uint64_t bytes_per_s) {
  RecentRates made;
  for (std::size_t i = 0; i < count; ++i) made.add(bytes_per_s);
  return made;
}

/// Machines that took 600 s, 610 s … to copy and 60, 61 … s for every other stage.
StageHistory history(int machines, std::uint64_t disk_bytes = kDiskBytes) {
  StageHistory made;
  for (int i = 0; i < machines; ++i) {
    for (const auto phase : timed_phases()) {
      auto r = working(phase, 0);
      r.disk.size_bytes = disk_bytes;
      const std::int64_t seconds = phase == Phase::kCopying ? 600 + 10 * i : 60 + i;
      made.add({.machine_id = "m", .attempt = 1, .phase = phase, .worked_ms = seconds * 1000,
                .bytes = bytes_of_stage(r, phase), .likeness = likeness_of(r, phase), .finished_at_ms = 1});
    }
  }
  return made;
}

std::optional<TimeLeft> left(const MachineRecord& r, const RunningStage& running, const StageHistory& known) {
  return time_left(r, running, known, 1);
}

TEST(TimeLeft, IsNotTriedInTheFirstMinute) {
  const auto own = rates(120, 100'000'000);
  const RunningStage running{.done = 6'000'000'000, .total = kDiskBytes, .rates = &own};
  EXPECT_FALSE(left(working(Phase::kCopying, 59), running, history(5)));
  EXPECT_TRUE(left(working(Phase::kCopying, 61), running, history(5)));
}

TEST(TimeLeft, ComesFromItsOwnSpeedAndOtherMachinesTimes) {
  const auto own = rates(60, 1'000'000'000);
  const RunningStage running{.done = 80'000'000'000, .total = kDiskBytes, .rates = &own};
  const auto time = left(working(Phase::kCopying, 80), running, history(11)).value();
  EXPECT_TRUE(time.whole);
  EXPECT_EQ(time.basis, "11 similar PCs");
  EXPECT_DOUBLE_EQ(time.seconds.lo, 400 + 4 * 61);
  EXPECT_DOUBLE_EQ(time.seconds.hi, 400 + 4 * 69);
  EXPECT_EQ(time.test, (Seconds{61, 69}));
}

TEST(TimeLeft, SaysThatItCoversTheRunningStageAloneWhenTheOthersAreNotKnown) {
  const auto own = rates(60, 1'000'000'000);
  const RunningStage running{.done = 80'000'000'000, .total = kDiskBytes, .rates = &own};
  const auto time = left(working(Phase::kCopying, 80), running, StageHistory()).value();
  EXPECT_FALSE(time.whole);
  EXPECT_EQ(time.basis, "its own speed so far, copy only");
  EXPECT_DOUBLE_EQ(time.seconds.hi, 400);
}

TEST(TimeLeft, IsWiderTheMoreTheSpeedVaries) {
  RecentRates own;
  for (int i = 0; i < 60; ++i) own.add(i % 2 == 0 ? 50'000'000 : 200'000'000);
  const RunningStage running{.done = kDiskBytes - 10'000'000'000, .total = kDiskBytes, .rates = &own};
  const auto time = left(working(Phase::kCopying, 80), running, StageHistory()).value();
  EXPECT_DOUBLE_EQ(time.seconds.lo, 50);
  EXPECT_DOUBLE_EQ(time.seconds.hi, 200);
}

TEST(TimeLeft, IsNotTriedFromTheSpeedOfAMachineThatStandsStill) {
  auto own = rates(60, 1'000'000'000);
  for (int i = 0; i < 40; ++i) own.add(0);
  const RunningStage running{.done = 80'000'000'000, .total = kDiskBytes, .rates = &own};
  EXPECT_FALSE(left(working(Phase::kCopying, 2000), running, StageHistory()));
}

TEST(TimeLeft, FallsBackOnOthersWhereTheStageReportsNoSpeed) {
  const auto time = left(working(Phase::kVerifyingInstall, 61.5), {}, history(11)).value();
  EXPECT_DOUBLE_EQ(time.seconds.lo, 0);
  EXPECT_DOUBLE_EQ(time.seconds.hi, 69 - 61.5);
  EXPECT_EQ(time.basis, "11 similar PCs");
}

TEST(TimeLeft, SaysNothingOfAMachineThatIsSlowerThanAllBeforeIt) {
  EXPECT_FALSE(left(working(Phase::kVerifyingInstall, 90), {}, history(11)));
}

TEST(TimeLeft, IsNotSaidOfAMachineThatIsHeld) {
  auto r = working(Phase::kVerifyingInstall, 61.5);
  r.condition = imaging::Condition::kHeld;
  EXPECT_FALSE(left(r, {}, history(11)));
}

TEST(TimeLeft, OfAMachineThatWaitsIsAllStagesTogether) {
  const auto all = time_for_all(working(Phase::kQueued, 0), history(11)).value();
  EXPECT_DOUBLE_EQ(all.seconds.lo, 610 + 4 * 61);
  EXPECT_FALSE(time_for_all(working(Phase::kQueued, 0), StageHistory()));
}

TEST(StageHistory, ScalesAnotherSizeOfDiskAndCallsItOther) {
  const auto known = history(3, kDiskBytes / 4);
  const auto r = working(Phase::kCopying, 0);
  const auto expected = known.expect(Phase::kCopying, likeness_of(r, Phase::kCopying), kDiskBytes).value();
  EXPECT_FALSE(expected.similar);
  EXPECT_DOUBLE_EQ(expected.slowest, 4 * 620);
}

TEST(StageHistory, LearnsNothingAboutAnImageFromAnother) {
  auto r = working(Phase::kImaging, 0);
  r.image_id = "another";
  EXPECT_FALSE(history(9).expect(Phase::kImaging, likeness_of(r, Phase::kImaging), 0));
}

TEST(StageHistory, IsCarefulWithOneMachine) {
  const auto r = working(Phase::kCopying, 0);
  const auto expected = history(1).expect(Phase::kCopying, likeness_of(r, Phase::kCopying), kDiskBytes).value();
  EXPECT_EQ(expected.whole, (Seconds{450, 900}));
}

TEST(StageHistory, PrefersMachinesOfTheSameKind) {
  auto known = history(3);
  auto r = working(Phase::kCopying, 0);
  r.identity.smbios.product = "OptiPlex";
  for (int i = 0; i < 3; ++i) {
    known.add({.phase = Phase::kCopying, .worked_ms = 100'000, .bytes = kDiskBytes, .likeness = likeness_of(r, Phase::kCopying)});
  }
  const auto expected = known.expect(Phase::kCopying, likeness_of(r, Phase::kCopying), kDiskBytes).value();
  EXPECT_EQ(expected.machines, 3u);
  EXPECT_DOUBLE_EQ(expected.slowest, 100);
}

TimeLeft range(double lo, double hi, bool whole = true) {
  return {.seconds = {lo, hi}, .test = {}, .basis = "1 similar PC", .whole = whole};
}

TEST(SteadyRange, RunsDownWithTheClock) {
  SteadyRange steady;
  (void)steady.follow(range(100, 200), 0);
  EXPECT_NEAR(steady.follow(range(90, 190), 10'000)->seconds.hi, 190, 0.01);
}

TEST(SteadyRange, DriftsTowardsASuddenChange) {
  SteadyRange steady;
  (void)steady.follow(range(100, 200), 0);
  const auto next = steady.follow(range(1000, 2000), 1000)->seconds;
  EXPECT_GT(next.hi, 199);
  EXPECT_LT(next.hi, 300);
  for (int second = 2; second < 300; ++second) (void)steady.follow(range(1000, 2000), second * 1000);
  EXPECT_NEAR(steady.follow(range(1000, 2000), 300'000)->seconds.hi, 2000, 50);
}

TEST(SteadyRange, IsNeverNegative) {
  SteadyRange steady;
  (void)steady.follow(range(1, 2), 0);
  EXPECT_GE(steady.follow(range(0, 0), 60'000)->seconds.lo, 0);
}

TEST(SteadyRange, TakesAnotherMeaningAtOnce) {
  SteadyRange steady;
  (void)steady.follow(range(10, 20, /*whole=*/false), 0);
  EXPECT_EQ(steady.follow(range(1000, 2000), 1000)->seconds, (Seconds{1000, 2000}));
  EXPECT_FALSE(steady.follow(std::nullopt, 2000));
}

}  // namespace
}  // namespace resus::depot
