#include "web/depot/job_board.hpp"

#include <gtest/gtest.h>

namespace resus::depot {
namespace {

const std::string kNow = "2026-11-23T11:00:00.000Z";
const NewJob kCheck{.kind = "evidence.verify", .subject = "ev-1", .actor = "meier"};
const NewJob kExport{.kind = "evidence.export", .subject = "ev-1", .actor = "meier"};

std::string add(JobBoard& board, const std::string& id) { return board.add(id, kCheck, kNow).value().id; }
JobState state(const JobBoard& board, const std::string& id) { return board.find(id).value().state; }

TEST(JobBoard, RunsOneAtATimeInOrder) {
  JobBoard board;
  add(board, "a");
  add(board, "b");
  EXPECT_EQ(board.begin_next(kNow), "a");
  EXPECT_EQ(board.begin_next(kNow), std::nullopt);
  EXPECT_EQ(state(board, "b"), JobState::kWaiting);
  board.end("a", boost::json::object{{"ok", true}}, kNow);
  EXPECT_EQ(board.begin_next(kNow), "b");
}

TEST(JobBoard, KeepsHowAJobEnded) {
  JobBoard board;
  for (const auto* id : {"good", "bad", "stopped"}) {
    add(board, id);
    ASSERT_EQ(board.begin_next(kNow), id);
    board.progress(id, 5, 10);
    if (id == std::string("good")) board.end(id, boost::json::object{{"ok", true}}, kNow);
    if (id == std::string("bad")) board.end(id, hw::fail(hw::Code::kSpace, "full"), kNow);
    if (id == std::string("stopped")) board.end(id, hw::fail(hw::Code::kCancelled, "stopped"), kNow);
  }
  const auto good = job_object(board.find("good").value());
  EXPECT_EQ(good.at("state"), "done");
  EXPECT_EQ(good.at("done"), 10) << "all of it, although the last report lay before the end";
  EXPECT_EQ(good.at("result").at("ok"), true);
  EXPECT_TRUE(good.at("problem").is_null());
  const auto bad = job_object(board.find("bad").value());
  EXPECT_EQ(bad.at("done"), 5);
  EXPECT_EQ(bad.at("state"), "failed");
  EXPECT_EQ(bad.at("problem").at("code"), "E-SPACE-01");
  EXPECT_TRUE(bad.at("result").is_null());
  EXPECT_EQ(state(board, "stopped"), JobState::kCancelled);
}

TEST(JobBoard, WhatHasEndedDoesNotChangeAnyMore) {
  JobBoard board;
  add(board, "a");
  ASSERT_TRUE(board.begin_next(kNow));
  board.end("a", boost::json::object{}, kNow);
  board.progress("a", 7, 7);
  board.end("a", hw::fail(hw::Code::kRead, "late"), kNow);
  EXPECT_EQ(state(board, "a"), JobState::kDone);
  EXPECT_EQ(board.find("a").value().done, 0u);
  EXPECT_EQ(board.cancel("a", kNow).error().code, hw::Code::kConflict);
}

TEST(JobBoard, CancelsAtOnceWhatHasNotBegun) {
  JobBoard board;
  add(board, "a");
  add(board, "b");
  ASSERT_EQ(board.begin_next(kNow), "a");
  EXPECT_EQ(board.cancel("a", kNow).value().state, JobState::kRunning) << "its work must see it first";
  EXPECT_EQ(board.cancel("b", kNow).value().state, JobState::kCancelled);
  EXPECT_EQ(board.cancel("c", kNow).error().code, hw::Code::kNotFound);
  board.end("a", hw::fail(hw::Code::kCancelled, "seen"), kNow);
  EXPECT_EQ(board.begin_next(kNow), std::nullopt);
}

TEST(JobBoard, TakesOnlySoManyThatWait) {
  JobBoard board;
  for (std::size_t i = 0; i < JobBoard::kMostWaiting; ++i) add(board, std::to_string(i));
  EXPECT_EQ(board.add("more", kCheck, kNow).error().code, hw::Code::kConflict);
  ASSERT_TRUE(board.begin_next(kNow));
  EXPECT_TRUE(board.add("more", kCheck, kNow)) << "one has left the queue";
}

TEST(JobBoard, RunsSomeBesideTheQueueUpToALimit) {
  JobBoard board;
  add(board, "a");
  ASSERT_TRUE(board.begin_next(kNow));
  EXPECT_EQ(board.add_beside("x", kExport, 2, kNow).value().state, JobState::kRunning);
  EXPECT_TRUE(board.add_beside("y", kExport, 2, kNow));
  EXPECT_EQ(board.add_beside("z", kExport, 2, kNow).error().code, hw::Code::kConflict);
  board.end("x", boost::json::object{}, kNow);
  EXPECT_TRUE(board.add_beside("z", kExport, 2, kNow));
  board.end("a", boost::json::object{}, kNow);
  add(board, "b");
  EXPECT_EQ(board.begin_next(kNow), "b") << "exports hold nobody up";
}

TEST(JobBoard, ForgetsTheOldestThatEndedAndNothingElse) {
  JobBoard board;
  add(board, "runs");
  ASSERT_TRUE(board.begin_next(kNow));
  for (std::size_t i = 0; i <= JobBoard::kMostEnded; ++i) {
    ASSERT_TRUE(board.add_beside(std::to_string(i), kExport, 1, kNow));
    board.end(std::to_string(i), boost::json::object{}, kNow);
  }
  EXPECT_EQ(board.list().size(), JobBoard::kMostEnded + 1);
  EXPECT_EQ(board.list().front().id, std::to_string(JobBoard::kMostEnded)) << "newest first";
  EXPECT_EQ(board.find("0").error().code, hw::Code::kNotFound);
  EXPECT_EQ(state(board, "runs"), JobState::kRunning);
}

}  // namespace
}  // namespace resus::depot
