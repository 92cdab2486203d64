// The operators' side of a whole depot: sign-in, pages, events.
#include "tests/support/depot_room.hpp"
#include "web/depot/event_hub.hpp"
#include "web/depot/secrets.hpp"
#include "web/depot/ui_assets.hpp"

namespace resus::test {
namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;

transport::ClientAnswer ask(DepotRoom& room, const std::string& method, const std::string& target, const std::string& body = {},
                            Headers headers = {}) {
  auto client = transport::HttpClient::open({.address = "127.0.0.1", .port = room.depot().ports().https,
                                             .server_spki_sha256 = room.depot().spki_sha256()}).value();
  return client.call({.method = method, .target = target, .body = body, .headers = std::move(headers)}).value();
}

TEST(Operators, SeeNothingWithoutSignIn) {
  DepotRoom room;
  for (const char* target : {"/api/v1/session", "/api/v1/snapshot", "/api/v1/events", "/api/v1/machines", "/api/v1/evidence"}) {
    EXPECT_EQ(ask(room, "GET", target).status, 401u) << target;
  }
}

TEST(Operators, SignInWithThePasswordOfTheFirstStart) {
  DepotRoom room;
  const auto password = room.depot().new_admin_password().value();
  const auto body = R"({"user":"admin","password":")" + password + R"("})";
  EXPECT_EQ(ask(room, "POST", "/api/v1/session", body, {{"X-Resus", "1"}}).status, 200u);
  EXPECT_EQ(ask(room, "POST", "/api/v1/session", R"({"user":"admin","password":"guess"})", {{"X-Resus", "1"}}).status, 401u);
}

TEST(Operators, CannotBeMadeToWriteByAnotherPage) {
  DepotRoom room;
  const auto body = R"({"user":"admin","password":")" + room.depot().new_admin_password().value() + R"("})";
  EXPECT_EQ(ask(room, "POST", "/api/v1/session", body).status, 401u);
  EXPECT_EQ(ask(room, "POST", "/api/v1/session", body, {{"X-Resus", "1"}, {"Origin", "https://evil.example"}}).status, 401u);
}

TEST(Operators, GuessOnlyAFewTimesAMinute) {
  DepotRoom room;
  unsigned status = 0;
  for (int i = 0; i < 9; ++i) status = ask(room, "POST", "/api/v1/session", R"({"user":"admin","password":"x"})", {{"X-Resus", "1"}}).status;
  EXPECT_EQ(status, 429u);
}

TEST(Operators, GetThePagesAndTheirFiles) {
  DepotRoom room;
  const auto page = ask(room, "GET", "/m/m-ABC234");
  EXPECT_EQ(page.status, 200u);
  EXPECT_NE(page.body.find("/ui/" + std::string(depot::ui_tree_hash())), std::string::npos);
  EXPECT_EQ(page.body.find("__UI__"), std::string::npos);
  EXPECT_EQ(ask(room, "GET", "/ui/" + std::string(depot::ui_tree_hash()) + "/app.js").status, 200u);
  EXPECT_EQ(ask(room, "GET", "/ui/0000/app.js").status, 404u);
}

TEST(Operators, SeeTheWholeRoomInOneSnapshot) {
  DepotRoom room;
  RoomAgent agent(room);
  ASSERT_TRUE(agent.enrol().ok());
  const auto snapshot = boost::json::parse(room.operate("GET", "/api/v1/snapshot").body);
  EXPECT_EQ(snapshot.at("machines").as_array().size(), 1u);
  EXPECT_EQ(snapshot.at("plan").at("image_id").as_string(), room.image_id());
  EXPECT_EQ(boost::json::parse(room.operate("GET", "/api/v1/audit").body).at("entries").as_array().size(), 1u);
}

/// What next() gives at once; nullopt when the stream waits or has ended.
std::optional<std::string> at_once(transport::BodyStream& stream) {
  std::optional<std::string> got;
  stream.next([&got](std::optional<std::string> piece) { got = std::move(piece); });
  return got;
}

TEST(EventHub, TellsASlowPageToStartAfresh) {
  depot::EventHub hub("b1");
  const auto stream = hub.subscribe("{}", "").value();
  for (std::uint64_t rev = 1; rev <= 70; ++rev) hub.publish_machine(rev, "{}");
  const auto text = at_once(*stream).value();
  EXPECT_TRUE(text.starts_with("event: reset\n"));
}

TEST(EventHub, ReplaysWhatAPageMissed) {
  depot::EventHub hub("b1");
  for (std::uint64_t rev = 1; rev <= 3; ++rev) hub.publish_machine(rev, std::to_string(rev));
  const auto text = at_once(*hub.subscribe("{}", "b1-2").value()).value();
  EXPECT_EQ(text.find("data: 2\n"), std::string::npos);
  EXPECT_NE(text.find("id: b1-3\nevent: machine\ndata: 3\n"), std::string::npos);
}

TEST(EventHub, ResetsAPageOfAnotherRun) {
  depot::EventHub hub("b2");
  EXPECT_NE(at_once(*hub.subscribe("{}", "b1-2").value()).value().find("event: reset"), std::string::npos);
}

TEST(EventHub, EndsTheStreamsOfOneListener) {
  depot::EventHub hub("b1");
  const auto meier = hub.subscribe("{}", "", "meier").value(), weber = hub.subscribe("{}", "", "weber").value();
  at_once(*meier), at_once(*weber);
  bool ended = false, heard = false;
  meier->next([&](std::optional<std::string> piece) { ended = !piece; });
  weber->next([&](std::optional<std::string> piece) { heard = piece.has_value(); });
  hub.end("meier");
  EXPECT_TRUE(ended);
  EXPECT_FALSE(heard);
  hub.publish("hb", "{}");
  EXPECT_TRUE(heard);
  EXPECT_EQ(hub.listeners(), 1u);
}

TEST(Passwords, MatchOnlyThemselves) {
  const auto stored = depot::hash_password("night shift").value();
  EXPECT_TRUE(depot::password_matches("night shift", stored));
  EXPECT_FALSE(depot::password_matches("night shifT", stored));
  EXPECT_FALSE(depot::password_matches("", "scrypt$16384$8$1$"));
}

}  // namespace
}  // namespace resus::test
