// Whoever makes up machines fills neither the list nor the custody log.
#include "web/depot/strangers.hpp"

#include "tests/support/custody_lines.hpp"
#include "tests/support/depot_room.hpp"
#include "tests/support/memory_file_system.hpp"
#include "web/depot/machine_rules.hpp"

namespace resus::depot {
namespace {

constexpr std::int64_t kNow = 10'000'000;
constexpr StrangerLimits kSmall{.in_all = 3, .per_address = 2};

TEST(Strangers, HaveSoManyPlacesAnAddressAndInAll) {
  const std::vector<Stranger> two = {{"a", "x", kNow}, {"b", "x", kNow}};
  EXPECT_EQ(room_for("y", two, kSmall, kNow).value(), "");
  EXPECT_EQ(room_for("x", two, kSmall, kNow).error().code, hw::Code::kNotApproved);
  const std::vector<Stranger> three = {{"a", "x", kNow}, {"b", "y", kNow}, {"c", "z", kNow}};
  EXPECT_FALSE(room_for("w", three, kSmall, kNow));
}

TEST(Strangers, GiveWayWhenTheyAreLostTheLongestSilentFirst) {
  const auto lost = kNow - kLostMs - 1;
  const std::vector<Stranger> three = {{"a", "x", lost}, {"b", "y", lost - 1}, {"c", "z", kNow}};
  EXPECT_EQ(room_for("w", three, kSmall, kNow).value(), "b");
  const std::vector<Stranger> two = {{"a", "x", lost}, {"b", "x", kNow}, {"c", "y", lost - 5}};
  EXPECT_EQ(room_for("x", two, kSmall, kNow).value(), "a") << "an address that is full makes room among its own";
}

TEST(StrangerLines, AreWrittenForAFleetAndThenOneAMinute) {
  StrangerLines lines;
  for (std::uint32_t i = 0; i < StrangerLines::kAtOnce; ++i) ASSERT_TRUE(lines.take(kNow));
  EXPECT_FALSE(lines.take(kNow));
  EXPECT_TRUE(lines.take(kNow + StrangerLines::kRefillMs));
  EXPECT_FALSE(lines.take(kNow + StrangerLines::kRefillMs));
}

TEST(StrangerLines, AreSummedUpWhenTheyWereNotWritten) {
  StrangerLines lines;
  for (std::uint32_t i = 0; i < StrangerLines::kAtOnce + 5; ++i) (void)lines.take(kNow);
  EXPECT_FALSE(lines.due(kNow + StrangerLines::kSummaryMs - 1));
  EXPECT_EQ(lines.due(kNow + StrangerLines::kSummaryMs)->lines, 5u);
  lines.summed_up();
  EXPECT_FALSE(lines.due(kNow + 2 * StrangerLines::kSummaryMs));
}

/// The machines of a depot without its network.
class MachinesBench : public testing::Test {
 protected:
  std::unique_ptr<Machines> open(StrangerLimits limits) {
    return Machines::open(*catalogue_, *custody_, clock_, std::string(64, 'd'), limits).value();
  }
  Result<MachineRecord> enrol(Machines& machines, int number, const std::string& address = "10.0.0.9") {
    const auto name = std::to_string(number);
    AgentFacts facts{.agent = {.key = "key-" + name, .boot_id = {}, .approved = false, .build = {}, .status_url = {}},
                     .identity = {}, .disks = {{.path = "/dev/sda", .serial = "S" + name, .size_bytes = 1000}},
                     .ticket_ms = 0, .now_ms = clock_.now().time_since_epoch().count()};
    facts.identity.smbios.uuid = name;
    return machines.enrol("m-" + name, address, [&](MachineRecord& r) { return depot::enrol(r, facts); });
  }
  void approve(Machines& machines, int number) {
    ASSERT_TRUE(machines.change("m-" + std::to_string(number), {"somebody", "approve"}, [](MachineRecord& r) {
      return depot::approve(r, {.check_code = false, .image_id = "img", .image_bytes = 1, .now_ms = 5});
    }));
  }
  std::vector<imaging::CustodyEntry> lines(const std::string& action) {
    std::vector<imaging::CustodyEntry> found;
    const auto report = imaging::verify_custody(files_, "custody.log", std::array{key_.public_key()}, [&](const auto& line) {
      if (line.event.action == action) found.push_back(line);
    });
    EXPECT_FALSE(report.value().first_broken_line);
    return found;
  }
  test::TemporaryDirectory folder_;
  test::MemoryFileSystem files_;
  test::FakeClock clock_;
  imaging::SigningKey key_ = imaging::SigningKey::generate().value();
  std::unique_ptr<imaging::CustodyLog> custody_ = imaging::CustodyLog::open(files_, "custody.log", key_, clock_).value();
  std::unique_ptr<Catalogue> catalogue_ = open_sqlite_catalogue(folder_.path() + "/c.db").value();
};

TEST_F(MachinesBench, ForgetsAMachineThatStaysSilentAndWasNeverApproved) {
  auto machines = open({});
  int resets = 0;
  machines->on_gone([&] { ++resets; });
  for (int i = 1; i <= 3; ++i) ASSERT_TRUE(enrol(*machines, i));
  approve(*machines, 1);
  ASSERT_TRUE(machines->change("m-2", {"somebody", "hold"}, hold));
  clock_.advance(std::chrono::milliseconds(kForgetMs));
  machines->tick(1);
  EXPECT_TRUE(machines->find("m-1"));
  EXPECT_TRUE(machines->find("m-2")) << "somebody holds it";
  EXPECT_FALSE(machines->find("m-3"));
  EXPECT_EQ(resets, 1);
  EXPECT_EQ(lines("forget").size(), 1u);
  EXPECT_TRUE(catalogue_->timeline("m-3").value().empty());
  EXPECT_EQ(open({})->all().size(), 2u);
}

TEST_F(MachinesBench, KeepsWhoWaitsOverARestartOfTheDepot) {
  ASSERT_TRUE(enrol(*open({}), 1));
  clock_.advance(std::chrono::milliseconds(2 * kForgetMs));
  auto again = open({});
  again->tick(1);
  EXPECT_TRUE(again->find("m-1")) << "it had no chance to be heard yet";
}

TEST_F(MachinesBench, PutsANewMachineInThePlaceOfOneThatIsLost) {
  auto machines = open({.in_all = 2, .per_address = 2});
  ASSERT_TRUE(enrol(*machines, 1));
  ASSERT_TRUE(enrol(*machines, 2));
  EXPECT_FALSE(enrol(*machines, 3));
  approve(*machines, 1);
  EXPECT_TRUE(enrol(*machines, 3)) << "an approved machine takes no place";
  clock_.advance(std::chrono::milliseconds(kLostMs + 1));
  machines->heard("m-3", "10.0.0.9");
  EXPECT_TRUE(enrol(*machines, 4));
  EXPECT_FALSE(machines->find("m-2"));
  EXPECT_TRUE(machines->find("m-1"));
}

TEST_F(MachinesBench, WritesEveryLineOfApprovedMachinesWhileStrangersAreOnlyCounted) {
  constexpr int kMany = 600;
  auto machines = open({.in_all = 10'000, .per_address = 10'000});
  for (int i = 0; i < kMany; ++i) ASSERT_TRUE(enrol(*machines, i));
  EXPECT_EQ(lines("enrol").size(), StrangerLines::kAtOnce);
  approve(*machines, kMany - 1);
  EXPECT_EQ(lines("approve").size(), 1u);
  EXPECT_NE(lines("approve").at(0).event.details.find("first_contact\":\"20"), std::string::npos);
  clock_.advance(std::chrono::milliseconds(StrangerLines::kSummaryMs));
  machines->tick(1);
  ASSERT_EQ(lines("strangers").size(), 1u);
  EXPECT_NE(lines("strangers").at(0).event.details.find("\"lines\":88"), std::string::npos);
}

TEST_F(MachinesBench, IsNotStoppedByAPretenderForLongerThanItIsSilent) {
  auto machines = open({});
  ASSERT_TRUE(enrol(*machines, 1));
  approve(*machines, 1);
  clock_.advance(std::chrono::milliseconds(kQuietMs + 1));
  AgentFacts other{.agent = {.key = "other", .boot_id = {}, .approved = false, .build = {}, .status_url = {}}, .identity = {},
                   .disks = {}, .ticket_ms = 0, .now_ms = clock_.now().time_since_epoch().count()};
  ASSERT_TRUE(machines->enrol("m-1", "10.0.0.66", [&](MachineRecord& r) { return depot::enrol(r, other); }));
  ASSERT_EQ(machines->find("m-1")->condition, imaging::Condition::kNeedsYou);
  machines->heard("m-1", "10.0.0.9");
  EXPECT_EQ(machines->find("m-1")->condition, imaging::Condition::kOk);
  EXPECT_TRUE(machines->find("m-1")->pending.agent.key.empty());
  EXPECT_EQ(lines("pretender_gone").size(), 1u);
}

}  // namespace
}  // namespace resus::depot

namespace resus::test {
namespace {

TEST(StrangersOnTheWire, AreRefusedWhenTheirAddressHasItsShare) {
  DepotRoom room;
  const depot::StrangerLimits limits;
  std::vector<std::unique_ptr<RoomAgent>> agents;
  const auto add = [&] {
    auto& agent = *agents.emplace_back(std::make_unique<RoomAgent>(room));
    agent.identity().smbios.uuid = std::to_string(agents.size());
    return agent.enrol();
  };
  for (std::size_t i = 0; i < limits.per_address; ++i) ASSERT_TRUE(add().ok());
  const auto refused = add();
  EXPECT_EQ(refused.status, 403u);
  EXPECT_NE(refused.body.find("wait for approval already"), std::string::npos) << refused.body;
  EXPECT_TRUE(agents.front()->enrol().ok()) << "who is known stays known";
  EXPECT_EQ(room.depot().machines().all().size(), limits.per_address);
}

TEST(StrangersOnTheWire, WriteOneLineWhateverKeysTheyPretendWith) {
  DepotRoom room(/*auto_approve=*/true);
  RoomAgent agent(room);
  ASSERT_TRUE(agent.enrol().ok());
  for (int i = 0; i < 5; ++i) EXPECT_EQ(RoomAgent(room, "boot-" + std::to_string(i)).enrol().status, 409u);
  EXPECT_EQ(custody_lines(room.data(), "refuse").size(), 1u);
  agent.await(messages::TaskKind::kAcquire);
}

}  // namespace
}  // namespace resus::test
