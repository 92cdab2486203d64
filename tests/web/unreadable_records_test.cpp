// Nothing an agent reports, and no damaged row, keeps the depot from starting.
#include "tests/support/custody_lines.hpp"
#include "tests/support/depot_room.hpp"
#include "web/depot/catalogue.hpp"
#include "web/messages/fields.hpp"

namespace resus::test {
namespace {

TEST(UnreadableRecords, AreRefusedBeforeTheyAreStored) {
  depot::MachineRecord record;
  record.id = "m-ABC234";
  EXPECT_TRUE(depot::check_readable(record));
  record.disk.path = std::string(300, 'x');
  const auto refused = depot::check_readable(record);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, hw::Code::kBadInput);
  EXPECT_NE(refused.error().context.find("disk.path"), std::string::npos);
}

TEST(UnreadableRecords, DoNotHideTheOthersInTheCatalogue) {
  const TemporaryDirectory folder;
  const auto catalogue = depot::open_sqlite_catalogue(folder.path() + "/c.db").value();
  depot::MachineRecord good, bad;
  good.id = "m-GGG222";
  bad.id = "m-BBB222";
  bad.slot = std::string(300, 'x');
  ASSERT_TRUE(catalogue->save(good, {}, {}));
  ASSERT_TRUE(catalogue->save(bad, {}, {}));
  auto stored = catalogue->machines().value();
  ASSERT_EQ(stored.records.size(), 1u);
  EXPECT_EQ(stored.records[0].id, good.id);
  ASSERT_EQ(stored.unreadable.size(), 1u);
  EXPECT_EQ(stored.unreadable[0].id, bad.id);
  ASSERT_TRUE(catalogue->set_aside(stored.unreadable[0], {.t_ms = 1, .actor = "depot", .action = "set_aside", .text = "t", .code = "c"}));
  EXPECT_TRUE(catalogue->machines().value().unreadable.empty());
  EXPECT_EQ(catalogue->timeline(bad.id).value().size(), 1u);
}

TEST(UnreadableRecords, AreSetAsideAtTheStartAndTheOthersServe) {
  DepotRoom room(/*auto_approve=*/true);
  RoomAgent agent(room), damaged(room);
  damaged.identity().smbios.uuid = "4c4c4544-0000-1010-8000-b7c04f313299";
  ASSERT_TRUE(agent.enrol().ok());
  ASSERT_TRUE(damaged.enrol().ok());
  room.restart([&] {
    const auto catalogue = depot::open_sqlite_catalogue(room.data() + "/catalogue.db").value();
    auto stored = catalogue->machines().value().records;
    const auto record = std::ranges::find(stored, damaged.id(), &depot::MachineRecord::id);
    record->slot = std::string(300, 'x');
    ASSERT_TRUE(catalogue->save(*record, {}, {}));
  });
  agent.connect();
  agent.await(messages::TaskKind::kAcquire);
  EXPECT_EQ(room.operate("GET", "/api/v1/machines/" + damaged.id()).status, 404u);
  EXPECT_NE(room.operate("GET", "/api/v1/audit").body.find("E-RECORD-01"), std::string::npos);
  EXPECT_EQ(custody_lines(room.data(), "set_aside").at(0).event.machine, damaged.id());
  damaged.connect();
  ASSERT_TRUE(damaged.enrol().ok()) << "it begins anew";
  room.restart();
  EXPECT_EQ(custody_lines(room.data(), "set_aside").size(), 1u);
}

TEST(LongReports, AreRefusedAndTheDepotStartsAgain) {
  const auto too_long = [](const std::function<void(RoomAgent&)>& spoil) {
    DepotRoom room(/*auto_approve=*/true);
    RoomAgent agent(room);
    spoil(agent);
    const auto answer = agent.enrol();
    EXPECT_EQ(answer.status, 400u) << answer.body;
    EXPECT_NE(answer.body.find("E-INPUT-01"), std::string::npos) << answer.body;
    room.restart();
    EXPECT_TRUE(room.depot().machines().all().empty());
  };
  const std::string text(300, 'x');
  too_long([&](RoomAgent& a) { a.disks()[0].path = text; });
  too_long([&](RoomAgent& a) { a.disks()[0].serial = text; });
  too_long([&](RoomAgent& a) { a.disks()[0].size_bytes = UINT64_MAX; });
  too_long([&](RoomAgent& a) { a.disks().resize(messages::kMaxDisks + 1, a.disks()[0]); });
  too_long([&](RoomAgent& a) { a.identity().links.resize(messages::kMaxLinks + 1, a.identity().links[0]); });
  too_long([&](RoomAgent& a) { a.identity().smbios.product = text; });
  too_long([&](RoomAgent& a) { a.identity().links[0].name = text; });
}

TEST(LongReports, OfAnApprovedMachineDoNotStopTheDepotEither) {
  DepotRoom room(/*auto_approve=*/true);
  RoomAgent agent(room);
  ASSERT_TRUE(agent.enrol().ok());
  agent.await(messages::TaskKind::kAcquire);
  messages::Trouble trouble{.attempt = 1, .code = "E-DISK-03", .detail = std::string(messages::kLongText, 'd'), .params = {}};
  for (int i = 0; i < 32; ++i) trouble.params.emplace_back("p" + std::to_string(i), std::string(messages::kLongText, 'p'));
  EXPECT_EQ(agent.call("POST", "/trouble", messages::encode(trouble)).status, 204u);
  trouble.params = {{std::string(messages::kShortText + 1, 'n'), "v"}};
  EXPECT_EQ(agent.call("POST", "/trouble", messages::encode(trouble)).status, 400u);
  const messages::LogBatch log{.lines = {{.t = "t", .level = "info", .text = std::string(messages::kLongText + 1, 'l')}}};
  EXPECT_EQ(agent.call("POST", "/log", messages::encode(log)).status, 400u);
  room.restart();
  EXPECT_EQ(room.machine(agent.id()).at("code").as_string(), "E-DISK-03");
}

}  // namespace
}  // namespace resus::test
