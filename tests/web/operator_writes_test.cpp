// Writes of the operators' API that come twice, or too late.
#include "tests/support/depot_room.hpp"
#include "web/depot/catalogue.hpp"
#include "web/depot/once.hpp"

#include <barrier>
#include <deque>
#include <thread>

namespace resus::test {
namespace {

std::string batch(const std::string& action, const std::vector<std::string>& ids) {
  boost::json::array list;
  for (const auto& id : ids) list.emplace_back(id);
  return boost::json::serialize(boost::json::object{{"action", action}, {"ids", std::move(list)}, {"reason", "test"}});
}

transport::ClientAnswer hold(DepotRoom& room, const std::string& id, const std::string& tag) {
  return room.operate("POST", "/api/v1/batches", batch("hold", {id}), {{"If-Match", tag}});
}

std::string revision(DepotRoom& room, const std::string& id) {
  return '"' + std::to_string(room.machine(id).at("rev").to_number<std::uint64_t>()) + '"';
}

TEST(IfMatch, LetsThroughWhatIsStillAsItWasShown) {
  DepotRoom room;
  RoomAgent agent(room);
  ASSERT_TRUE(agent.enrol().ok());
  EXPECT_EQ(hold(room, agent.id(), revision(room, agent.id())).status, 202u);
  EXPECT_EQ(room.machine(agent.id()).at("condition").as_string(), "held");
}

TEST(IfMatch, RefusesWhatHasChangedMeanwhileAndSaysWhatItIsNow) {
  DepotRoom room;
  RoomAgent agent(room);
  ASSERT_TRUE(agent.enrol().ok());
  const auto shown = revision(room, agent.id());
  ASSERT_TRUE(room.approve(agent.id(), agent.code()).at("ok").as_bool());
  const auto before = room.machine(agent.id()).at("condition").as_string();
  const auto answer = hold(room, agent.id(), shown);
  EXPECT_EQ(answer.status, 412u);
  const auto problem = boost::json::parse(answer.body);
  EXPECT_EQ(problem.at("code").as_string(), "E-CONFLICT-01");
  EXPECT_NE(problem.at("detail").as_string().find("has changed since it was shown"), std::string::npos);
  EXPECT_FALSE(problem.at("next_action").as_string().empty());
  EXPECT_EQ(room.machine(agent.id()).at("condition").as_string(), before);
}

TEST(IfMatch, LetsThroughWhatOnlyFadedFromContactMeanwhile) {
  DepotRoom room;
  RoomAgent agent(room);
  ASSERT_TRUE(agent.enrol().ok());
  ASSERT_TRUE(room.approve(agent.id(), agent.code()).at("ok").as_bool());
  agent.await(messages::TaskKind::kAcquire);
  const auto before = room.machine(agent.id());
  room.clock().advance(std::chrono::minutes(5));
  room.depot().machines().tick(4);
  const auto lost = room.machine(agent.id());
  EXPECT_EQ(lost.at("contact").as_string(), "lost");
  EXPECT_EQ(lost.at("condition").as_string(), "interrupted");
  EXPECT_GT(lost.at("seq").to_number<std::uint64_t>(), before.at("seq").to_number<std::uint64_t>()) << "the pages must hear of it";
  EXPECT_EQ(lost.at("rev"), before.at("rev"));
  const auto shown = '"' + std::to_string(before.at("rev").to_number<std::uint64_t>()) + '"';
  EXPECT_EQ(hold(room, agent.id(), shown).status, 202u);
  EXPECT_NE(revision(room, agent.id()), shown) << "the hold itself is something to decide upon";
}

TEST(IfMatch, LetsThroughWhatOnlyMovedUpInTheQueueMeanwhile) {
  DepotRoom room(/*auto_approve=*/false, /*machines_at_once=*/1);
  std::deque<RoomAgent> agents;
  for (int i = 0; i < 3; ++i) {
    auto& agent = agents.emplace_back(room, "boot-" + std::to_string(i));
    agent.identity().smbios.uuid = "4c4c4544-0000-1010-8000-00000000000" + std::to_string(i);
    agent.identity().links[0].mac = "52:54:00:00:00:0" + std::to_string(i);
    ASSERT_TRUE(agent.enrol().ok());
    ASSERT_TRUE(room.approve(agent.id(), agent.code()).at("ok").as_bool());
    if (i == 0) agent.await(messages::TaskKind::kAcquire);
    room.clock().advance(std::chrono::seconds(1));  // the queue goes by the time of approval
  }
  const auto last = agents[2].id();
  const auto place = [&] {
    room.depot().machines().tick(1);
    room.depot().machines().set_outlook({});
    return room.machine(last).at("queue").at("place").to_number<int>();
  };
  ASSERT_EQ(place(), 2);
  const auto before = room.machine(last);
  ASSERT_TRUE(room.act("cancel", agents[1].id()).at("ok").as_bool());
  ASSERT_EQ(place(), 1);
  const auto after = room.machine(last);
  EXPECT_GT(after.at("seq").to_number<std::uint64_t>(), before.at("seq").to_number<std::uint64_t>()) << "the pages must hear of it";
  EXPECT_EQ(after.at("rev"), before.at("rev"));
}

TEST(IfMatch, IsForOneMachineThatIsKnown) {
  DepotRoom room;
  RoomAgent agent(room);
  ASSERT_TRUE(agent.enrol().ok());
  EXPECT_EQ(hold(room, "m-NOBODY", "\"1\"").status, 404u);
  EXPECT_EQ(room.operate("POST", "/api/v1/batches", batch("hold", {agent.id(), "m-NOBODY"}), {{"If-Match", "\"1\""}}).status, 400u);
  EXPECT_EQ(hold(room, agent.id(), "*").status, 202u);
}

TEST(IdempotencyKey, ForgetsNothingOverARestartAndBelongsToOneRequest) {
  DepotRoom room;
  RoomAgent agent(room);
  ASSERT_TRUE(agent.enrol().ok());
  const DepotRoom::Headers key{{"Idempotency-Key", "k-1"}};
  const auto first = room.operate("POST", "/api/v1/batches", batch("locate", {agent.id()}), key);
  ASSERT_EQ(first.status, 202u);
  room.restart();
  const auto again = room.operate("POST", "/api/v1/batches", batch("locate", {agent.id()}), key);
  EXPECT_EQ(again.status, 202u);
  EXPECT_EQ(again.body, first.body);
  EXPECT_EQ(room.operate("POST", "/api/v1/batches", batch("hold", {agent.id()}), key).status, 409u);
  EXPECT_EQ(room.operate("POST", "/api/v1/batches", batch("hold", {}), {{"Idempotency-Key", std::string(201, 'k')}}).status, 400u);
}

TEST(IdempotencyKey, KeepsNoSecret) {
  DepotRoom room;
  const auto wall = room.operate("POST", "/api/v1/operators", R"({"name":"hall","role":"wall"})", {{"Idempotency-Key", "k-2"}});
  ASSERT_EQ(wall.status, 201u) << wall.body;
  ASSERT_TRUE(boost::json::parse(wall.body).as_object().contains("token"));
  room.restart([&] {
    EXPECT_FALSE(depot::open_sqlite_catalogue(room.data() + "/catalogue.db").value()->find_reply("k-2").value());
  });
}

/// Counts how often the work is done.
struct Worker {
  std::atomic<int> done = 0;
  hw::Result<transport::Response> work(unsigned status) {
    ++done;
    return transport::text_response(status, "application/json", "{}");
  }
};

transport::Request keyed(const std::string& key, const std::string& target = "/api/v1/jobs") {
  transport::Request request{.method = "POST", .target = target, .path = target, .query = {}, .headers = {}, .body = "{}", .peer_key = {}, .client_address = {}};
  request.headers.add("Idempotency-Key", key);
  return request;
}

TEST(Once, ManyAtTheSameTimeAreDoneOnce) {
  const auto catalogue = depot::open_sqlite_catalogue(":memory:").value();
  depot::Once once(*catalogue);
  Worker worker;
  std::atomic<int> accepted = 0;
  std::barrier together(4);
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        together.arrive_and_wait();
        const auto answer = once.answer(keyed("k"), "meier", [&] { return worker.work(202); });
        accepted += answer && answer.value().status == 202;
      });
    }
  }
  EXPECT_EQ(accepted, 4);
  EXPECT_EQ(worker.done, 1);
}

TEST(Once, WhatFailedMayBeTriedAgain) {
  const auto catalogue = depot::open_sqlite_catalogue(":memory:").value();
  depot::Once once(*catalogue);
  Worker worker;
  for (const unsigned status : {409u, 507u, 202u, 202u}) (void)once.answer(keyed("k"), "meier", [&] { return worker.work(status); }).value();
  EXPECT_EQ(worker.done, 3);
  const auto failing = [&]() -> hw::Result<transport::Response> { ++worker.done; return hw::fail(hw::Code::kSpace, "full"); };
  for (int i = 0; i < 2; ++i) EXPECT_EQ(once.answer(keyed("other"), "meier", failing).error().code, hw::Code::kSpace);
  EXPECT_EQ(worker.done, 5);
}

TEST(Once, AKeyBelongsToOnePersonAndOneAddress) {
  const auto catalogue = depot::open_sqlite_catalogue(":memory:").value();
  depot::Once once(*catalogue);
  Worker worker;
  const auto work = [&] { return worker.work(202); };
  ASSERT_TRUE(once.answer(keyed("k"), "meier", work));
  EXPECT_EQ(once.answer(keyed("k"), "huber", work).error().code, hw::Code::kConflict);
  EXPECT_EQ(once.answer(keyed("k", "/api/v1/other"), "meier", work).error().code, hw::Code::kConflict);
  EXPECT_EQ(worker.done, 1);
}

}  // namespace
}  // namespace resus::test
