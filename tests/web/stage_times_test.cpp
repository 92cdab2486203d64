#include "web/depot/stage_times.hpp"

#include <gtest/gtest.h>

#include "web/depot/machine_record.hpp"

namespace resus::depot {
namespace {

using imaging::Condition;
using imaging::Phase;

MachineRecord copying(std::int64_t since_ms) {
  MachineRecord r;
  r.id = "m-ABC234";
  r.phase = Phase::kCopying;
  r.disk.size_bytes = 480'000'000'000;
  r.times = {{.phase = Phase::kCopying, .worked_ms = 0, .since_ms = since_ms}};
  return r;
}

TEST(StageTimes, BeginWithTheFirstStageThatIsWork) {
  MachineRecord before, after;
  after.phase = Phase::kCopying;
  EXPECT_TRUE(keep_times(before, after, 1000).empty());
  ASSERT_EQ(after.times.size(), 1u);
  EXPECT_EQ(after.times[0].total_ms(5000), 4000);
}

TEST(StageTimes, EndAStageWithWhatItTookAndBeginTheNext) {
  const auto before = copying(1000);
  auto after = before;
  after.phase = Phase::kVerifyingCopy;
  const auto ended = keep_times(before, after, 91'000);
  ASSERT_EQ(ended.size(), 1u);
  EXPECT_EQ(ended[0].worked_ms, 90'000);
  EXPECT_EQ(ended[0].bytes, 480'000'000'000u);
  EXPECT_TRUE(after.times[0].finished);
  EXPECT_EQ(after.times[1].since_ms, 91'000);
}

TEST(StageTimes, DoNotCountWhatAMachineIsHeld) {
  const auto before = copying(1000);
  auto held = before;
  held.condition = Condition::kHeld;
  EXPECT_TRUE(keep_times(before, held, 11'000).empty());
  auto resumed = held;
  resumed.condition = Condition::kOk;
  EXPECT_TRUE(keep_times(held, resumed, 500'000).empty());
  EXPECT_EQ(resumed.times[0].total_ms(505'000), 15'000);
}

TEST(StageTimes, CountACopyThatIsMadeAgainFromNothing) {
  auto before = copying(0);
  before.phase = Phase::kVerifyingCopy;
  before.times[0].finished = true;
  before.times.push_back({.phase = Phase::kVerifyingCopy, .since_ms = 1000});
  auto after = before;
  after.phase = Phase::kCopying;
  EXPECT_TRUE(keep_times(before, after, 2000).empty());
  ASSERT_EQ(after.times.size(), 1u);
  EXPECT_EQ(after.times[0].total_ms(3000), 1000);
  EXPECT_FALSE(after.times[0].finished);
}

TEST(StageTimes, LearnNothingFromAStageThatANewAttemptLeft) {
  const auto before = copying(1000);
  auto after = before;
  after.phase = Phase::kQueued;
  ++after.attempt;
  EXPECT_TRUE(keep_times(before, after, 9000).empty());
  EXPECT_TRUE(after.times.empty());
}

TEST(StageTimes, DoNotCountWhatTheDepotWasOff) {
  auto r = copying(1000);
  r.last_contact_ms = 21'000;
  forget_downtime(r, 3'600'000);
  EXPECT_EQ(r.times[0].total_ms(3'601'000), 21'000);
}

TEST(StageTimes, PutDisksOfOneKindInOneClass) {
  const auto size_class = [](std::uint64_t bytes) {
    auto r = copying(0);
    r.disk.size_bytes = bytes;
    return likeness_of(r, Phase::kCopying).size_class;
  };
  EXPECT_EQ(size_class(480'103'981'056), size_class(512'110'190'592));
  EXPECT_NE(size_class(256'060'514'304), size_class(480'103'981'056));
}

TEST(StageTimes, SurviveInTheRecord) {
  auto r = copying(1000);
  r.times[0].worked_ms = 7;
  const auto again = machine_from_json(to_json(r)).value();
  ASSERT_EQ(again.times.size(), 1u);
  EXPECT_EQ(again.times[0].total_ms(1010), 17);
}

}  // namespace
}  // namespace resus::depot
