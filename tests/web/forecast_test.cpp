// What the pages hear of time left: from sightings to events.
#include "web/depot/forecast.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "tests/support/fake_clock.hpp"
#include "web/depot/depot_state.hpp"
#include "web/depot/heartbeat.hpp"
#include "web/depot/queue_board.hpp"

namespace resus::depot {
namespace {

using imaging::Phase;

constexpr std::uint64_t kDiskBytes = 500'000'000'000;

MachineRecord machine(const std::string& id, Phase phase) {
  MachineRecord r;
  r.id = id;
  r.attempt = 1;
  r.phase = phase;
  r.disk.size_bytes = kDiskBytes;
  if (!stage_word(phase).empty()) r.times = {{.phase = phase, .worked_ms = 120'000, .since_ms = 1}};
  return r;
}

/// Three machines that took ten minutes to copy and one for each later stage.
Forecast experienced() {
  std::vector<FinishedStage> rows;
  for (int i = 0; i < 3; ++i) {
    for (const auto phase : timed_phases()) {
      const auto r = machine("m-OLD", phase);
      rows.push_back({.machine_id = r.id, .attempt = 1, .phase = phase, .worked_ms = phase == Phase::kCopying ? 600'000 : 60'000,
                      .bytes = bytes_of_stage(r, phase), .likeness = likeness_of(r, phase), .finished_at_ms = 1});
    }
  }
  return Forecast(std::move(rows));
}

TEST(Forecast, SaysWhenTheOneThatWaitsBeginsAndWhenAllAreDone) {
  auto forecast = experienced();
  const auto outlook = forecast.look({{.record = machine("m-A", Phase::kCopying)}, {.record = machine("m-B", Phase::kQueued)}}, 1, 1);
  EXPECT_EQ(outlook.machines.at("m-A").left->basis, "3 similar PCs");
  EXPECT_DOUBLE_EQ(outlook.machines.at("m-A").left->seconds.hi, 480 + 4 * 60);
  EXPECT_EQ(outlook.machines.at("m-B").starts, (Seconds{480 + 3 * 60, 480 + 3 * 60}));  // the test needs no place
  EXPECT_EQ(outlook.done, (Seconds{660 + 840, 660 + 840}));
}

TEST(Forecast, DoesNotLetAStragglerBlockTheBatch) {
  auto forecast = experienced();
  auto failed = machine("m-F", Phase::kCopying);
  failed.condition = imaging::Condition::kFailed;
  EXPECT_TRUE(forecast.look({{.record = failed}, {.record = machine("m-A", Phase::kCopying)}}, 4, 1).done);
}

TEST(Forecast, PutsTimeLeftIntoTheProgressEvent) {
  EventHub hub("b");
  const auto stream = hub.subscribe("{}", "").value();
  auto forecast = experienced();
  const std::vector<Sighting> sightings = {{.record = machine("m-A", Phase::kVerifyingCopy)}};
  const auto outlook = forecast.look(sightings, 1, 1);
  test::FakeClock clock;
  publish_progress(hub, sightings, outlook, clock, 5);
  std::string text;
  stream->next([&text](std::optional<std::string> piece) { text = piece.value_or(""); });
  EXPECT_EQ(text.find("event: progress"), std::string::npos);  // slower than all before it: nothing to say
  auto young = sightings;
  young[0].record.times[0].worked_ms = 59'000;
  young[0].record.times.insert(young[0].record.times.begin(), {.phase = Phase::kCopying, .worked_ms = 600'000, .since_ms = 0, .finished = true});
  publish_progress(hub, young, forecast.look(young, 1, 1), clock, 5);
  stream->next([&text](std::optional<std::string> piece) { text = piece.value_or(""); });
  EXPECT_NE(text.find(R"(["m-A",1,"check",0,0,0,181,181,"3 similar PCs"])"), std::string::npos) << text;
}

Outlook starting_in(const std::string& id, double seconds) {
  Outlook outlook;
  outlook.machines[id].starts = Seconds{seconds, seconds};
  return outlook;
}

TEST(QueueBoard, TellsAMachineOnceOfItsPlace) {
  QueueBoard board;
  EXPECT_EQ(board.update({{"m-B", 2}, {"m-A", 1}}, {}, 0), (std::vector<std::string>{"m-A", "m-B"}));
  EXPECT_TRUE(board.update({{"m-B", 2}, {"m-A", 1}}, {}, 1000).empty());
  EXPECT_EQ(board.update({{"m-B", 1}}, {}, 2000), std::vector<std::string>{"m-B"});
}

TEST(QueueBoard, TellsOfAStartThatMovedByAMinute) {
  QueueBoard board;
  (void)board.update({{"m-A", 1}}, {}, 0);
  EXPECT_EQ(board.update({{"m-A", 1}}, starting_in("m-A", 600), 0).size(), 1u);
  EXPECT_TRUE(board.update({{"m-A", 1}}, starting_in("m-A", 590), 10'000).empty());  // the same moment
  EXPECT_TRUE(board.update({{"m-A", 1}}, starting_in("m-A", 630), 0).empty());
  EXPECT_EQ(board.update({{"m-A", 1}}, starting_in("m-A", 661), 0).size(), 1u);
}

TEST(QueueBoard, SpreadsALongQueueOverSeveralBeats) {
  QueueBoard board;
  std::map<std::string, std::uint32_t> places;
  for (std::uint32_t i = 1; i <= 20; ++i) places["m-" + std::to_string(100 + i)] = i;
  EXPECT_EQ(board.update(places, {}, 0).size(), QueueBoard::kMostATime);
  EXPECT_EQ(board.update(places, {}, 0).size(), 20 - QueueBoard::kMostATime);
}

}  // namespace
}  // namespace resus::depot
