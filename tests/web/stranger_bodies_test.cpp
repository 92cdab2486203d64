// Anybody on the wire can make a certificate: what a depot takes from one it does not know.
#include "tests/support/depot_room.hpp"
#include "web/depot/backup_shelf.hpp"

namespace resus::test {
namespace {

std::string long_body(std::size_t bytes) { return "{\"lines\":[" + std::string(bytes, ' ') + "]}"; }

bool is_too_large(RoomAgent& agent, const std::string& target, const std::string& body) {
  const auto answer = agent.call("POST", target, body);
  return answer.status == 413 && answer.body.find("E-INPUT-01") != std::string::npos;
}

TEST(StrangerBodies, AreNoLargerThanAnEnrolment) {
  DepotRoom room;
  RoomAgent stranger(room);
  for (const char* target : {"/enrol", "/log", "/acquisitions/x/frames", "/acquisitions/x/offers", "/nothing"}) {
    EXPECT_TRUE(is_too_large(stranger, target, long_body(messages::kMaxEnrolBytes))) << target;
  }
}

TEST(StrangerBodies, GrowOnlyWithTheApproval) {
  DepotRoom room;
  RoomAgent agent(room);
  ASSERT_TRUE(agent.enrol().ok());
  EXPECT_TRUE(is_too_large(agent, "/log", long_body(messages::kMaxEnrolBytes)));
  ASSERT_TRUE(room.approve(agent.id(), agent.code()).at("ok").as_bool());
  EXPECT_EQ(agent.call("POST", "/log", long_body(messages::kMaxEnrolBytes)).status, 204u);
}

TEST(StrangerBodies, OfAKeyThatOnlyAsksToBeAnApprovedMachineStaySmall) {
  DepotRoom room(/*auto_approve=*/true);
  RoomAgent agent(room), other(room, "boot-2");
  ASSERT_TRUE(agent.enrol().ok());
  room.clock().advance(std::chrono::seconds(20));
  ASSERT_TRUE(other.enrol().ok());
  EXPECT_TRUE(is_too_large(other, "/log", long_body(messages::kMaxEnrolBytes)));
  EXPECT_EQ(other.call("POST", "/log", long_body(1)).status, 403u);
}

TEST(StrangerBodies, MayHoldTheLongestEnrolmentThatIsReal) {
  DepotRoom room;
  RoomAgent agent(room);
  auto disk = agent.disks()[0];
  disk.path = "/dev/disk/by-path/pci-0000:00:1f.2-ata-1";
  disk.model = std::string(40, 'M');  // ATA's longest
  disk.serial = std::string(20, 'S');
  disk.wwn = "0x5000c500a1b2c3d4";
  disk.firmware = "SN06.123";
  agent.disks().assign(messages::kMaxDisks, disk);
  agent.identity().links.assign(messages::kMaxLinks, agent.identity().links[0]);
  EXPECT_TRUE(agent.enrol().ok());
}

TEST(StrangerBodies, StoreNothingBeforeTheApproval) {
  DepotRoom room;
  RoomAgent agent(room);
  ASSERT_TRUE(agent.enrol().ok());
  const messages::LogBatch log{.lines = {{.t = "t", .level = "info", .text = "hello"}}};
  EXPECT_EQ(agent.call("POST", "/log", messages::encode(log)).status, 403u);
  EXPECT_EQ(agent.call("POST", "/trouble", messages::encode(messages::Trouble{.attempt = 1, .code = "E-DISK-03", .detail = {}, .params = {}})).status, 403u);
  EXPECT_EQ(agent.call("POST", "/progress", messages::encode(messages::Progress{.attempt = 1})).status, 403u);
  EXPECT_EQ(room.operate("GET", "/api/v1/machines/" + agent.id() + "/log").body, "{\"lines\":[]}");
  EXPECT_EQ(room.machine(agent.id()).at("condition").as_string(), "ok");
}

TEST(StrangerBodies, AreSmallForThePagesToo) {
  DepotRoom room;
  const std::string form(20'000, ' ');
  for (const char* target : {"/api/v1/session", "/phone-home"}) {
    EXPECT_EQ(room.operate("POST", target, form).status, 413u) << target;
  }
  EXPECT_EQ(room.operate("POST", "/api/v1/batches", form).status, 400u) << "a list may be longer";
}

TEST(BackupManifests, GoToTheMachineFromTheFile) {
  DepotRoom room;
  hw::LinuxFileSystem files;
  const auto folder = room.data() + "/backups/bk-0011223344556677";
  ASSERT_TRUE(files.make_directories(folder));
  const std::string manifest(5'000'000, 'm');
  ASSERT_TRUE(files.replace(folder + "/manifest", manifest));
  ASSERT_TRUE(files.replace(folder + "/info.json", R"({"id":"bk-0011223344556677","name":"home","format":"tar","bytes":1,"files":1,
    "exclusions":0,"created_at":"","malware_scan":"","partition":0,"directory":"/"})"));
  ASSERT_TRUE(room.operate("PUT", "/api/v1/plan", R"({"backup":"home"})").ok());
  RoomAgent agent(room);
  ASSERT_TRUE(agent.enrol().ok());
  EXPECT_EQ(agent.call("GET", "/backups/bk-0011223344556677/manifest").status, 403u);
  ASSERT_TRUE(room.approve(agent.id(), agent.code()).at("ok").as_bool());
  EXPECT_EQ(agent.call("GET", "/backups/bk-0011223344556677/manifest").body, manifest);
  const depot::BackupShelf shelf(files, room.data() + "/backups");
  EXPECT_EQ(shelf.manifest_file("home").value().bytes, manifest.size());
}

}  // namespace
}  // namespace resus::test
