#include "imaging/lifecycle.hpp"

#include <gtest/gtest.h>

#include <set>

namespace resus::imaging {
namespace {

constexpr Event kWayOfAMachine[] = {Event::kEnrolled,     Event::kApproved,  Event::kStarted,
                                    Event::kCopied,       Event::kCopyVerified, Event::kImaged,
                                    Event::kRestored,     Event::kPhonedHome, Event::kCollectedByUser};

TEST(LifeCycle, LeadsFromDiscoveredToCollectedOnePhaseAStep) {
  auto phase = Phase::kDiscovered;
  std::size_t steps = 0;
  for (const auto event : kWayOfAMachine) {
    phase = next_phase(phase, event).value();
    EXPECT_EQ(static_cast<std::size_t>(phase), ++steps);
  }
  EXPECT_EQ(phase, Phase::kCollected);
}

TEST(LifeCycle, RebootedInEveryPhaseGoesOnToTheSameEnd) {
  auto phase = Phase::kDiscovered;
  for (const auto event : kWayOfAMachine) {
    if (phase != Phase::kDiscovered) {
      EXPECT_EQ(next_phase(phase, Event::kEnrolled).value(), phase) << to_string(phase);
    }
    phase = next_phase(phase, event).value();
  }
  EXPECT_EQ(phase, Phase::kCollected);
}

TEST(LifeCycle, HasOneRowForEveryPhaseInOrderWithASentence) {
  std::set<std::string_view> words;
  for (std::size_t i = 0; i < phases().size(); ++i) {
    EXPECT_EQ(static_cast<std::size_t>(phases()[i].phase), i);
    EXPECT_TRUE(phases()[i].sentence.ends_with(".")) << phases()[i].word;
    EXPECT_TRUE(words.insert(phases()[i].word).second);
  }
  EXPECT_EQ(phases().size(), static_cast<std::size_t>(Phase::kCollected) + 1);
}

TEST(LifeCycle, ReachesAChangedDiskOnlyThroughAVerifiedCopy) {
  for (const auto& step : transitions()) {
    if (row(step.from).disk_changed || !row(step.to).disk_changed) continue;
    EXPECT_EQ(step.from, Phase::kVerifyingCopy);
    EXPECT_EQ(step.event, Event::kCopyVerified);
  }
}

TEST(LifeCycle, ReleasesTheLocalDiskOnlyWhenTheDataIsBack) {
  for (const auto& phase : phases()) {
    EXPECT_EQ(phase.boots_network, phase.phase < Phase::kVerifyingInstall) << phase.word;
  }
}

TEST(LifeCycle, RetriesAfterAWriteWithoutCopyingTheHalfWrittenDisk) {
  for (const auto from : {Phase::kImaging, Phase::kRestoring, Phase::kVerifyingInstall}) {
    EXPECT_EQ(next_phase(from, Event::kRetried).value(), Phase::kImaging);
  }
  EXPECT_EQ(next_phase(Phase::kCopying, Event::kRetried).value(), Phase::kQueued);
}

TEST(LifeCycle, HasNoTwoWaysForOneEvent) {
  std::set<std::pair<Phase, Event>> seen;
  for (const auto& step : transitions()) {
    EXPECT_TRUE(seen.emplace(step.from, step.event).second)
        << to_string(step.from) << " " << to_string(step.event);
  }
}

TEST(LifeCycle, RefusesWhatTheTableDoesNotHold) {
  EXPECT_EQ(next_phase(Phase::kQueued, Event::kImaged).error().code, hw::Code::kConflict);
  EXPECT_EQ(next_phase(Phase::kAwaitingApproval, Event::kRetried).error().code,
            hw::Code::kConflict);
}

TEST(LifeCycle, ReadsBackEveryWordItWrites) {
  for (const auto& phase : phases()) EXPECT_EQ(phase_from(phase.word).value(), phase.phase);
  for (int i = 0; i < 6; ++i) {
    const auto condition = static_cast<Condition>(i);
    EXPECT_EQ(condition_from(to_string(condition)).value(), condition);
  }
  EXPECT_FALSE(phase_from("erasing"));
  EXPECT_FALSE(condition_from(""));
}

}  // namespace
}  // namespace resus::imaging
