// The way of a machine through a whole depot, over TLS on loopback.
#include "tests/support/custody_lines.hpp"
#include "tests/support/depot_room.hpp"

namespace resus::test {
namespace {

using messages::TaskKind;

std::string attempt_body(const auto& message) { return messages::encode(message); }

/// Up to the verified copy.
void copy_and_wait(RoomAgent& agent) {
  agent.await(TaskKind::kAcquire);
  agent.copy();
  agent.await(TaskKind::kDeploy);
}

TEST(DepotRecovery, BringsAMachineFromDiscoveredToReady) {
  DepotRoom room;
  RoomAgent agent(room);
  ASSERT_EQ(agent.enrol().status, 200u);
  EXPECT_EQ(room.machine(agent.id()).at("phase").as_string(), "awaiting_approval");
  EXPECT_EQ(room.machine(agent.id()).at("short_code").as_string(), agent.code());
  EXPECT_TRUE(room.approve(agent.id(), agent.code()).at("ok").as_bool());
  copy_and_wait(agent);
  EXPECT_EQ(agent.call("GET", "/permit?attempt=1").status, 200u);
  EXPECT_EQ(agent.call("GET", "/images/" + room.image_id() + "/nodes").body.size(), 3 * 32u);
  EXPECT_EQ(agent.call("GET", "/images/" + room.image_id() + "/segments/0-2").status, 200u);
  EXPECT_EQ(agent.call("GET", "/deploy-plan?attempt=1").status, 200u);
  EXPECT_EQ(agent.call("POST", "/deployed", attempt_body(messages::Deployed{.attempt = 1})).status, 204u);
  agent.await(TaskKind::kRestore);
  const auto plan = messages::decode<messages::RestorePlan>(agent.call("GET", "/restore?attempt=1").body).value();
  EXPECT_EQ(agent.call("POST", "/restored", attempt_body(messages::Restored{.attempt = 1})).status, 204u);
  agent.await(TaskKind::kReboot);
  const messages::PhoneHome home{.token = plan.personalise.phone_home.token, .hostname = plan.personalise.hostname, .boot_time = "now"};
  EXPECT_EQ(room.operate("POST", "/phone-home", messages::encode(home)).status, 204u);
  const auto machine = room.machine(agent.id());
  EXPECT_EQ(machine.at("phase").as_string(), "ready");
  const auto& times = machine.at("stats").at("stages").as_array();
  ASSERT_EQ(times.size(), 5u);
  EXPECT_TRUE(times[4].at("finished").as_bool());
}

TEST(DepotRecovery, SaysWhyAMachineWaits) {
  DepotRoom room(/*auto_approve=*/true, /*machines_at_once=*/1);
  RoomAgent first(room), second(room);
  second.identity().smbios.uuid = "4c4c4544-0000-1010-8000-b7c04f313299";
  second.identity().links[0].mac = "52:54:00:12:34:99";
  second.disks()[0].serial = "Z6E2";
  ASSERT_TRUE(first.enrol().ok());
  first.await(TaskKind::kAcquire);
  ASSERT_TRUE(second.enrol().ok());
  auto task = second.task();
  for (int i = 0; i < 5 && !task.sentence.starts_with("Waiting: place"); ++i) task = second.task(task.task_id);
  EXPECT_EQ(task.sentence, "Waiting: place 1 (another machine is at work). Disk not changed.");
  EXPECT_EQ(room.machine(second.id()).at("queue").at("place").as_int64(), 1);
}

TEST(DepotRecovery, AsksOnlyForBlocksTheGoldenImageDoesNotHave) {
  DepotRoom room(/*auto_approve=*/true);
  RoomAgent agent(room);
  ASSERT_TRUE(agent.enrol().ok());
  agent.await(TaskKind::kAcquire);
  EXPECT_LE(agent.copy(), 40u);
}

TEST(DepotRecovery, AnswersTheWaitForTheCheckWhenItIsDone) {
  DepotRoom room(/*auto_approve=*/true);
  RoomAgent agent(room);
  ASSERT_TRUE(agent.enrol().ok());
  agent.await(TaskKind::kAcquire);
  const auto acquisition = agent.begin_copy();
  for (std::uint64_t k = 0; k < kRoomDiskBytes / imaging::kSegmentBytes; ++k) agent.send_segment(acquisition, k);
  ASSERT_EQ(agent.finish(acquisition).status, 202u);
  const auto begin = std::chrono::steady_clock::now();
  const auto answer = agent.call("GET", "/acquisitions/" + acquisition + "?wait=30");
  EXPECT_EQ(messages::decode<messages::AcquisitionStatus>(answer.body).value().state, messages::AcquisitionState::kVerified);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20));
}

TEST(DepotRecovery, GivesNoPermitBeforeTheCopyIsVerified) {
  DepotRoom room(/*auto_approve=*/true);
  RoomAgent agent(room);
  ASSERT_TRUE(agent.enrol().ok());
  agent.await(TaskKind::kAcquire);
  const auto answer = agent.call("GET", "/permit?attempt=1");
  EXPECT_EQ(answer.status, 409u);
  EXPECT_NE(answer.body.find("E-EVID-01"), std::string::npos);
}

TEST(DepotRecovery, TakesNothingFromAMachineThatIsNotApproved) {
  DepotRoom room;
  RoomAgent agent(room);
  ASSERT_TRUE(agent.enrol().ok());
  EXPECT_EQ(agent.call("POST", "/acquisitions", messages::encode(messages::BeginAcquisition{1, agent.disks()[0]})).status, 403u);
  EXPECT_EQ(agent.call("GET", "/permit?attempt=1").status, 403u);
  EXPECT_EQ(agent.call("GET", "/images/" + room.image_id() + "/nodes").status, 403u);
}

TEST(DepotRecovery, RefusesAWrongCode) {
  DepotRoom room;
  RoomAgent agent(room);
  ASSERT_TRUE(agent.enrol().ok());
  const auto result = room.approve(agent.id(), "222222");
  EXPECT_FALSE(result.at("ok").as_bool());
  EXPECT_EQ(result.at("code").as_string(), "E-AUTH-01");
}

TEST(DepotRecovery, RefusesASecondAgentWhileTheFirstIsLive) {
  DepotRoom room;
  RoomAgent agent(room), impostor(room, "boot-2");
  ASSERT_TRUE(agent.enrol().ok());
  const auto answer = impostor.enrol();
  EXPECT_EQ(answer.status, 409u);
  EXPECT_NE(answer.body.find("E-AUTH-02"), std::string::npos);
  EXPECT_EQ(impostor.enrol().status, 409u);
  const auto timeline = room.machine(agent.id()).at("timeline").as_array();
  EXPECT_EQ(std::ranges::count_if(timeline, [](const auto& line) { return line.at("action") == "refuse"; }), 1) << "one line, however often it asks";
}

TEST(DepotRecovery, ReadmitsAMachineThatBootedWhileTheDepotLostPowerToo) {
  DepotRoom room(/*auto_approve=*/true);
  RoomAgent agent(room);
  ASSERT_TRUE(agent.enrol().ok());
  agent.await(TaskKind::kAcquire);
  room.clock().advance(std::chrono::seconds(20));
  const auto ticket = room.boot_ticket("52-54-00-12-34-56");
  room.restart();
  RoomAgent later(room, "boot-2");
  ASSERT_TRUE(later.enrol(ticket).ok());
  EXPECT_EQ(later.await(TaskKind::kAcquire).attempt, 1u);
  EXPECT_EQ(room.machine(agent.id()).at("condition").as_string(), "ok");
}

TEST(DepotRecovery, AsksForApprovalWhenATicketComesASecondTimeAfterARestart) {
  DepotRoom room(/*auto_approve=*/true);
  RoomAgent agent(room);
  const auto ticket = room.boot_ticket("52-54-00-12-34-56");
  ASSERT_TRUE(agent.enrol(ticket).ok());
  room.restart();
  room.clock().advance(std::chrono::seconds(20));
  RoomAgent replay(room, "boot-2");
  ASSERT_TRUE(replay.enrol(ticket).ok());
  EXPECT_EQ(replay.task().task, TaskKind::kWait);
  EXPECT_EQ(room.machine(agent.id()).at("code").as_string(), "E-AUTH-02");
}

TEST(DepotRecovery, AsksForApprovalWhenASilentMachineComesBackWithoutATicket) {
  DepotRoom room(/*auto_approve=*/true);
  RoomAgent agent(room), later(room, "boot-2");
  ASSERT_TRUE(agent.enrol().ok());
  agent.await(TaskKind::kAcquire);
  room.clock().advance(std::chrono::seconds(20));
  ASSERT_TRUE(later.enrol().ok());
  EXPECT_EQ(room.machine(agent.id()).at("condition").as_string(), "needs_you");
  EXPECT_EQ(later.task().task, TaskKind::kWait);
  EXPECT_EQ(later.call("GET", "/permit?attempt=1").status, 403u);
  EXPECT_TRUE(room.approve(agent.id(), later.code()).at("ok").as_bool());
  EXPECT_EQ(later.await(TaskKind::kAcquire).attempt, 1u);
}

TEST(DepotRecovery, AsksWhichDiskWhenThereAreTwo) {
  DepotRoom room;
  RoomAgent agent(room);
  agent.disks().push_back(agent.disks()[0]);
  agent.disks()[1].serial = "OTHER";
  ASSERT_TRUE(agent.enrol().ok());
  EXPECT_EQ(room.machine(agent.id()).at("code").as_string(), "E-DISK-03");
  EXPECT_EQ(room.approve(agent.id(), agent.code()).at("code").as_string(), "E-DISK-03");
}

TEST(DepotRecovery, GoesOnAfterThePowerOfTheDepotIsCutWhileCopying) {
  DepotRoom room(/*auto_approve=*/true);
  RoomAgent agent(room);
  ASSERT_TRUE(agent.enrol().ok());
  const auto before = agent.await(TaskKind::kAcquire);
  const auto acquisition = agent.begin_copy();
  agent.send_segment(acquisition, 0);
  room.restart();
  agent.connect();
  EXPECT_EQ(agent.task().task_id, before.task_id);
  EXPECT_EQ(agent.call("GET", "/acquisitions/" + acquisition).status, 404u);
  EXPECT_EQ(agent.copy(), 0u);  // what was delivered is known
  EXPECT_FALSE(agent.await(TaskKind::kDeploy).evidence_id.empty());
}

TEST(DepotRecovery, KeepsTheEvidenceOverARestart) {
  DepotRoom room(/*auto_approve=*/true);
  RoomAgent agent(room);
  ASSERT_TRUE(agent.enrol().ok());
  copy_and_wait(agent);
  const auto evidence = agent.task().evidence_id;
  room.restart();
  agent.connect();
  EXPECT_EQ(agent.task().task, TaskKind::kDeploy);
  EXPECT_EQ(agent.task().evidence_id, evidence);
  EXPECT_EQ(agent.call("GET", "/permit?attempt=1").status, 200u);
}

TEST(DepotRecovery, SaysMismatchWhenTheSummaryIsNotWhatWasStored) {
  DepotRoom room(/*auto_approve=*/true);
  RoomAgent agent(room);
  ASSERT_TRUE(agent.enrol().ok());
  agent.await(TaskKind::kAcquire);
  const auto acquisition = agent.begin_copy();
  agent.send_segment(acquisition, 0);
  EXPECT_EQ(agent.finish(acquisition).status, 202u);
  const auto answer = agent.call("GET", "/acquisitions/" + acquisition + "?wait=20");
  EXPECT_NE(answer.body.find("mismatch"), std::string::npos);
  EXPECT_EQ(agent.call("GET", "/permit?attempt=1").status, 409u);
}

TEST(DepotRecovery, RefusesCallsOfAnotherAttempt) {
  DepotRoom room(/*auto_approve=*/true);
  RoomAgent agent(room);
  ASSERT_TRUE(agent.enrol().ok());
  copy_and_wait(agent);
  EXPECT_EQ(agent.call("GET", "/permit?attempt=2").status, 409u);
  EXPECT_EQ(agent.call("POST", "/deployed", attempt_body(messages::Deployed{.attempt = 2})).status, 409u);
  EXPECT_EQ(agent.call("POST", "/restored", attempt_body(messages::Restored{.attempt = 1})).status, 409u);
}

TEST(DepotRecovery, HoldsAndGoesOn) {
  DepotRoom room(/*auto_approve=*/true);
  RoomAgent agent(room);
  ASSERT_TRUE(agent.enrol().ok());
  copy_and_wait(agent);
  EXPECT_TRUE(room.act("hold", agent.id()).at("ok").as_bool());
  agent.await(TaskKind::kWait);
  EXPECT_EQ(agent.call("GET", "/permit?attempt=1").status, 409u);
  EXPECT_TRUE(room.act("resume", agent.id()).at("ok").as_bool());
  agent.await(TaskKind::kDeploy);
}

TEST(DepotRecovery, DoesNotKnowAStrangersKey) {
  DepotRoom room;
  RoomAgent stranger(room);
  EXPECT_EQ(stranger.call("GET", "/permit?attempt=1").status, 401u);
  EXPECT_EQ(stranger.call("GET", "/nothing").status, 404u);
}

TEST(DepotRecovery, ReleasesAnUnfinishedMachineOnlyWhenItsPlaceIsTypedAgain) {
  DepotRoom room(/*auto_approve=*/true);
  RoomAgent agent(room);
  ASSERT_TRUE(agent.enrol().ok());
  EXPECT_EQ(room.act("release", agent.id()).at("code").as_string(), "E-CONFLICT-01");
  EXPECT_FALSE(room.act("release", agent.id(), "another").at("ok").as_bool());
  EXPECT_FALSE(room.machine(agent.id()).at("released").as_bool());
  EXPECT_TRUE(room.act("release", agent.id(), agent.id()).at("ok").as_bool());
  EXPECT_TRUE(room.machine(agent.id()).at("released").as_bool());
}

TEST(DepotRecovery, ReleasesAnUnfinishedMachineOnlyForAReasonThatStandsInTheCustodyLog) {
  DepotRoom room(/*auto_approve=*/true);
  RoomAgent agent(room);
  ASSERT_TRUE(agent.enrol().ok());
  EXPECT_FALSE(room.act("release", agent.id(), agent.id(), " ").at("ok").as_bool());
  EXPECT_FALSE(room.machine(agent.id()).at("released").as_bool());
  ASSERT_TRUE(room.act("release", agent.id(), agent.id(), "needed in theatre").at("ok").as_bool());
  const auto lines = custody_lines(room.data(), "release");
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0].event.reason, "needed in theatre");
}

TEST(DepotRecovery, AnswersARepeatedBatchWithTheFirstAnswer) {
  DepotRoom room;
  RoomAgent agent(room);
  ASSERT_TRUE(agent.enrol().ok());
  const auto body = R"({"action":"locate","ids":[")" + agent.id() + R"("]})";
  const auto post = [&](const std::string& text) {
    return room.operate("POST", "/api/v1/batches", text, {{"Idempotency-Key", "k1"}});
  };
  const auto first = post(body);
  EXPECT_EQ(post(body).body, first.body);
  EXPECT_EQ(post(R"({"action":"hold","ids":[]})").status, 409u);
}

}  // namespace
}  // namespace resus::test
