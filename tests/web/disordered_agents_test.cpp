// Agents whose requests are malformed, out of order or repeated: each gets an answer, and the recovery goes on.
#include "tests/support/depot_room.hpp"

namespace resus::test {
namespace {

using messages::TaskKind;

std::string code_in(const transport::ClientAnswer& answer) {
  return std::string(boost::json::parse(answer.body).at("code").as_string());
}

/// An approved machine that is to be copied now.
struct CopyingRoom {
  DepotRoom room{/*auto_approve=*/true};
  RoomAgent agent{room};
  CopyingRoom() {
    EXPECT_TRUE(agent.enrol().ok());
    agent.await(TaskKind::kAcquire);
  }
};

TEST(DisorderedAgents, AreToldThatTheirBodiesAreMalformed) {
  CopyingRoom r;
  const auto acquisition = "/acquisitions/" + r.agent.begin_copy();
  for (const char* body : {"", "{", "[]", "\"text\"", "{\"attempt\":\"one\"}", "\xff\xfe"}) {
    for (const auto& target : {std::string("/enrol"), std::string("/progress"), std::string("/log"), std::string("/trouble"), std::string("/acquisitions"),
                               acquisition + "/finish", acquisition + "/offers", acquisition + "/frames", std::string("/deployed"), std::string("/restored")}) {
      const auto answer = r.agent.call("POST", target, body);
      EXPECT_GE(answer.status, 400u) << target << " " << body;
      EXPECT_LT(answer.status, 500u) << target << " " << body;
      EXPECT_FALSE(code_in(answer).empty());
    }
  }
  EXPECT_LE(r.agent.copy(), 40u);
  r.agent.await(TaskKind::kDeploy);
}

TEST(DisorderedAgents, CannotReportWhatTheirPhaseHasNotReached) {
  CopyingRoom r;
  EXPECT_EQ(code_in(r.agent.call("POST", "/deployed", messages::encode(messages::Deployed{.attempt = 1}))), "E-CONFLICT-01");
  EXPECT_EQ(code_in(r.agent.call("POST", "/restored", messages::encode(messages::Restored{.attempt = 1}))), "E-CONFLICT-01");
  EXPECT_EQ(code_in(r.agent.call("GET", "/restore?attempt=1")), "E-CONFLICT-01");
  EXPECT_EQ(code_in(r.agent.call("GET", "/deploy-plan?attempt=1")), "E-EVID-01");
  EXPECT_EQ(code_in(r.agent.finish("aq-0000000000000000")), "E-FOUND-01");
  EXPECT_EQ(r.room.machine(r.agent.id()).at("phase").as_string(), "copying");
}

TEST(DisorderedAgents, CannotFinishACopyThatIsNotThere) {
  CopyingRoom r;
  EXPECT_EQ(r.agent.finish(r.agent.begin_copy()).status, 202u);
  r.agent.await(TaskKind::kAcquire);
  EXPECT_EQ(r.agent.call("GET", "/permit?attempt=1").status, 409u);
  EXPECT_TRUE(r.room.depot().store().evidence().empty());
}

TEST(DisorderedAgents, GetTheSameAnswerWhenTheyFinishOrReportTwice) {
  CopyingRoom r;
  const auto acquisition = r.agent.begin_copy();
  for (std::uint64_t k = 0; k < kRoomDiskBytes / imaging::kSegmentBytes; ++k) r.agent.send_segment(acquisition, k);
  EXPECT_EQ(r.agent.finish(acquisition).status, 202u);
  EXPECT_EQ(r.agent.finish(acquisition).status, 202u);
  r.agent.await(TaskKind::kDeploy);
  EXPECT_EQ(r.room.depot().store().evidence().size(), 1u);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(r.agent.call("POST", "/deployed", messages::encode(messages::Deployed{.attempt = 1})).status, 204u);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(r.agent.call("POST", "/restored", messages::encode(messages::Restored{.attempt = 1})).status, 204u);
  EXPECT_EQ(r.room.machine(r.agent.id()).at("phase").as_string(), "verifying_install");
}

TEST(DisorderedAgents, MayBeginAgainAndThenTheFormerCopyIsGone) {
  CopyingRoom r;
  const auto former = r.agent.begin_copy();
  const auto acquisition = r.agent.begin_copy();
  EXPECT_EQ(code_in(r.agent.call("POST", "/acquisitions/" + former + "/offers", "x")), "E-FOUND-01");
  for (std::uint64_t k = 0; k < kRoomDiskBytes / imaging::kSegmentBytes; ++k) r.agent.send_segment(acquisition, k);
  EXPECT_EQ(r.agent.finish(acquisition).status, 202u);
  r.agent.await(TaskKind::kDeploy);
}

TEST(DisorderedAgents, CannotTouchAnotherMachinesCopy) {
  CopyingRoom r;
  const auto acquisition = "/acquisitions/" + r.agent.begin_copy();
  RoomAgent other(r.room);
  other.identity().smbios.uuid = "4c4c4544-0000-1010-8000-b7c04f313299";
  ASSERT_TRUE(other.enrol().ok());
  other.await(TaskKind::kAcquire);
  for (const char* call : {"/offers", "/frames"}) EXPECT_EQ(code_in(other.call("POST", acquisition + call, "x")), "E-FOUND-01");
  EXPECT_EQ(code_in(other.call("GET", acquisition)), "E-FOUND-01");
}

TEST(DisorderedAgents, CannotPhoneHomeWithATokenTheyMadeUp) {
  CopyingRoom r;
  for (const char* token : {"", "0123456789abcdef0123456789abcdef"}) {
    const messages::PhoneHome home{.token = token, .hostname = "pc", .boot_time = "now"};
    EXPECT_EQ(r.room.operate("POST", "/phone-home", messages::encode(home)).status, 401u);
  }
}

}  // namespace
}  // namespace resus::test
