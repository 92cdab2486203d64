// Further operators and wall screens of a whole depot: added, refused, removed.
#include <array>

#include "imaging/custody.hpp"
#include "tests/support/depot_room.hpp"

namespace resus::test {
namespace {

namespace json = boost::json;

/// A browser: keeps its cookie.
class Browser {
 public:
  explicit Browser(DepotRoom& room) : room_(room) {}
  unsigned sign_in(const std::string& user, const std::string& password) {
    return enter(json::object{{"user", user}, {"password", password}});
  }
  unsigned show_token(const std::string& token) { return enter(json::object{{"token", token}}); }
  transport::ClientAnswer call(const std::string& method, const std::string& target, const std::string& body = {}) {
    transport::ClientRequest request{.method = method, .target = target, .body = body};
    request.headers = {{"X-Resus", "1"}, {"Cookie", cookie_}};
    return client().call(request).value();
  }
  unsigned status(const std::string& target) { return call("GET", target).status; }

 private:
  transport::HttpClient client() {
    return transport::HttpClient::open({.address = "127.0.0.1", .port = room_.depot().ports().https,
                                        .server_spki_sha256 = room_.depot().spki_sha256()}).value();
  }
  unsigned enter(const json::object& body) {
    const auto text = json::serialize(body);
    const auto answer = call("POST", "/api/v1/session", text);
    if (answer.ok()) cookie_ = answer.set_cookie.substr(0, answer.set_cookie.find(';'));
    return answer.status;
  }
  DepotRoom& room_;
  std::string cookie_;
};

constexpr auto kPassword = "eleven tired nurses";

unsigned add(DepotRoom& room, const std::string& name, const std::string& role, const std::string& password = kPassword) {
  return room.operate("POST", "/api/v1/operators", json::serialize(json::object{{"name", name}, {"role", role}, {"password", password}})).status;
}

unsigned remove(DepotRoom& room, const std::string& name) {
  return room.operate("DELETE", "/api/v1/operators/" + name, "{}").status;
}

std::string wall_token(DepotRoom& room, const std::string& name) {
  const auto answer = room.operate("POST", "/api/v1/operators", json::serialize(json::object{{"name", name}, {"role", "wall"}}));
  EXPECT_EQ(answer.status, 201u) << answer.body;
  return std::string(json::parse(answer.body).at("token").as_string());
}

TEST(OperatorAccounts, MayDoWhatTheirRoleSays) {
  DepotRoom room;
  ASSERT_EQ(add(room, "meier", "technician"), 201u);
  Browser meier(room);
  ASSERT_EQ(meier.sign_in("meier", kPassword), 200u);
  EXPECT_EQ(meier.status("/api/v1/snapshot"), 200u);
  EXPECT_EQ(meier.call("PUT", "/api/v1/plan", R"({"image":"ward"})").status, 403u);
  EXPECT_EQ(meier.status("/api/v1/operators"), 403u);
  EXPECT_EQ(meier.call("POST", "/api/v1/operators", R"({"name":"x","role":"admin","password":"twelve letters"})").status, 403u);
}

TEST(OperatorAccounts, AreListedWithoutTheirPasswords) {
  DepotRoom room;
  ASSERT_EQ(add(room, "weber", "viewer"), 201u);
  const auto answer = room.operate("GET", "/api/v1/operators");
  EXPECT_EQ(json::parse(answer.body), json::parse(R"({"operators":[{"name":"admin","role":"admin"},{"name":"weber","role":"viewer"}]})"));
}

TEST(OperatorAccounts, AreRefusedWithoutAGoodNameRoleAndPassword) {
  DepotRoom room;
  EXPECT_EQ(add(room, "meier", "king"), 400u);
  EXPECT_EQ(add(room, "", "viewer"), 400u);
  EXPECT_EQ(add(room, "a/b", "viewer"), 400u);
  EXPECT_EQ(add(room, "depot", "viewer"), 400u);
  EXPECT_EQ(add(room, "meier", "viewer", "short"), 400u);
  EXPECT_EQ(add(room, "hall", "wall", kPassword), 400u);
  EXPECT_EQ(add(room, "admin", "viewer"), 409u);
}

TEST(OperatorAccounts, EndTheirSessionsAndStreamsWhenRemoved) {
  DepotRoom room;
  ASSERT_EQ(add(room, "meier", "technician"), 201u);
  Browser meier(room);
  ASSERT_EQ(meier.sign_in("meier", kPassword), 200u);
  EXPECT_EQ(remove(room, "meier"), 204u);
  EXPECT_EQ(meier.status("/api/v1/session"), 401u);
  EXPECT_EQ(meier.sign_in("meier", kPassword), 401u);
  EXPECT_EQ(remove(room, "meier"), 404u);
}

TEST(OperatorAccounts, KeepTheLastAdmin) {
  DepotRoom room;
  EXPECT_EQ(remove(room, "admin"), 409u);
  ASSERT_EQ(add(room, "chief", "admin"), 201u);
  EXPECT_EQ(remove(room, "admin"), 204u);
  room.restart();
  EXPECT_EQ(json::parse(room.operate("GET", "/api/v1/operators").body), json::parse(R"({"operators":[{"name":"chief","role":"admin"}]})"));
}

TEST(OperatorAccounts, StandInTheCustodyLog) {
  DepotRoom room;
  ASSERT_EQ(add(room, "meier", "technician"), 201u);
  ASSERT_EQ(remove(room, "meier"), 204u);
  hw::LinuxFileSystem files;
  std::vector<std::string> said;
  const std::array trusted = {room.depot().key().public_key()};
  ASSERT_TRUE(imaging::verify_custody(files, room.data() + "/store/custody.log", trusted, [&](const imaging::CustodyEntry& entry) {
    if (entry.event.action.starts_with("operator.")) said.push_back(entry.event.actor + " " + entry.event.action + " " + entry.event.details);
  }));
  EXPECT_EQ(said, (std::vector<std::string>{R"(local operator.add {"operator":"meier","role":"technician"})",
                                            R"(local operator.remove {"operator":"meier","role":"technician"})"}));
}

TEST(WallToken, WatchesAndDoesNothingElse) {
  DepotRoom room;
  Browser wall(room);
  ASSERT_EQ(wall.show_token(wall_token(room, "hall")), 200u);
  EXPECT_EQ(json::parse(wall.call("GET", "/api/v1/session").body).at("role").as_string(), "wall");
  EXPECT_EQ(wall.status("/api/v1/snapshot"), 200u);
  for (const char* closed : {"/api/v1/audit", "/api/v1/evidence", "/api/v1/machines", "/api/v1/operators"}) EXPECT_EQ(wall.status(closed), 403u) << closed;
  EXPECT_EQ(wall.call("POST", "/api/v1/batches", R"({"action":"locate","ids":[]})").status, 403u);
}

TEST(WallToken, OutlivesTheNightAndARestart) {
  DepotRoom room;
  Browser wall(room);
  ASSERT_EQ(wall.show_token(wall_token(room, "hall")), 200u);
  room.clock().advance(std::chrono::hours(24 * 300));
  room.restart();
  EXPECT_EQ(wall.status("/api/v1/snapshot"), 200u);
}

TEST(WallToken, IsWorthNothingOnceRevoked) {
  DepotRoom room;
  const auto token = wall_token(room, "hall");
  Browser wall(room), later(room);
  ASSERT_EQ(wall.show_token(token), 200u);
  EXPECT_EQ(remove(room, "hall"), 204u);
  EXPECT_EQ(wall.status("/api/v1/snapshot"), 401u);
  EXPECT_EQ(later.show_token(token), 401u);
}

TEST(WallToken, CannotBeGuessedNorTypedAsAPassword) {
  DepotRoom room;
  const auto token = wall_token(room, "hall");
  Browser guesser(room);
  EXPECT_EQ(guesser.sign_in("hall", token), 401u);
  EXPECT_EQ(guesser.show_token(""), 401u);
  unsigned status = 0;
  for (int i = 0; i < 9; ++i) status = guesser.show_token(std::string(64, '0'));
  EXPECT_EQ(status, 429u);
}

}  // namespace
}  // namespace resus::test
