#pragma once
// The operators' API of a whole running depot with one piece of evidence.
#include "imaging/custody.hpp"
#include "tests/support/depot_room.hpp"
#include "web/depot/secrets.hpp"

namespace resus::test {

inline boost::json::object object_of(const transport::ClientAnswer& answer) { return boost::json::parse(answer.body).as_object(); }

inline std::string code_of(const transport::ClientAnswer& answer) { return std::string(object_of(answer).at("code").as_string()); }

/// A depot with one piece of evidence.
class StoreApi : public testing::Test {
 protected:
  using Headers = std::vector<std::pair<std::string, std::string>>;
  void SetUp() override {
    RoomAgent agent(room);
    ASSERT_TRUE(agent.enrol().ok());
    agent.await(messages::TaskKind::kAcquire);
    agent.copy();
    evidence = agent.await(messages::TaskKind::kDeploy).evidence_id;
  }
  /// Follows a job that the answer has begun to its end.
  boost::json::object ended(const transport::ClientAnswer& begun) {
    EXPECT_EQ(begun.status, 202u) << begun.body;
    return ended_job(object_of(begun));
  }
  boost::json::object ended_job(boost::json::object one) {
    while (one.at("state") == "waiting" || one.at("state") == "running") one = job(one);
    return one;
  }
  /// As it is now.
  boost::json::object job(const boost::json::object& one) { return object_of(get("/jobs/" + std::string(one.at("id").as_string()))); }
  /// An import that takes long enough to be interrupted.
  boost::json::object long_import() {
    constexpr std::size_t kBytes = 128 * imaging::kSegmentBytes;
    auto& disk = room.disks().add(kBytes);
    disk.fill(0, random_bytes(kBytes, 3));
    return object_of(import(disk.identity.path, "large"));
  }
  transport::ClientAnswer get(const std::string& target) { return room.operate("GET", "/api/v1" + target); }
  transport::ClientAnswer post(const std::string& target, const boost::json::object& body = {}) {
    return room.operate("POST", "/api/v1" + target, boost::json::serialize(body));
  }
  transport::ClientAnswer import(const std::string& source, const std::string& name) {
    return post("/images", {{"source", source}, {"name", name}});
  }
  /// The raw disk or a part of it, as somebody with this token.
  transport::ClientAnswer raw(const std::string& range = {}, const std::string& method = "GET", const std::string& token = {}) {
    auto client = transport::HttpClient::open({.address = "127.0.0.1", .port = room.depot().ports().https,
                                               .server_spki_sha256 = room.depot().spki_sha256()}).value();
    auto answer = client.call({.method = method, .target = "/api/v1/evidence/" + evidence + "/raw", .range = range,
                               .headers = {{"Authorization", "Bearer " + (token.empty() ? room.depot().admin_token() : token)}},
                               .max_answer_bytes = 16u << 20});
    return answer ? std::move(answer).value() : transport::ClientAnswer{};
  }
  /// A call as an operator of this role.
  transport::ClientAnswer as(const std::string& role, const std::string& method, const std::string& target, const std::string& body = "{}") {
    auto client = transport::HttpClient::open({.address = "127.0.0.1", .port = room.depot().ports().https,
                                               .server_spki_sha256 = room.depot().spki_sha256()}).value();
    return client.call({.method = method, .target = "/api/v1" + target, .body = method == "GET" ? "" : body,
                        .headers = {{"Authorization", "Bearer " + token_of(role)}}}).value();
  }
  std::string token_of(const std::string& role) {
    const auto catalogue = depot::open_sqlite_catalogue(room.data() + "/catalogue.db").value();
    const auto token = depot::random_hex(32);
    EXPECT_TRUE(catalogue->put_session({.token_sha256 = depot::sha256_hex(token), .user = "some " + role, .role = role,
                                        .expires_at_ms = INT64_MAX}));
    return token;
  }
  /// Details of every line with this action, from a log that verifies.
  std::vector<boost::json::object> custody(const std::string& action) {
    hw::LinuxFileSystem files;
    std::vector<boost::json::object> details;
    const auto report = imaging::verify_custody(files, room.data() + "/store/custody.log", std::array{room.depot().key().public_key()}, [&](const auto& entry) {
      if (entry.event.action != action) return;
      EXPECT_FALSE(entry.event.actor.empty());
      details.push_back(boost::json::parse(entry.event.details).as_object());
    });
    EXPECT_FALSE(report.value().first_broken_line) << report.value().problem;
    return details;
  }

  DepotRoom room{/*auto_approve=*/true};
  std::string evidence;
};

}  // namespace resus::test
