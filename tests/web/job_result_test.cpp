#include "web/depot/job_result.hpp"

#include <gtest/gtest.h>

#include "web/depot/job_board.hpp"

namespace resus::depot {
namespace {

namespace json = boost::json;

json::array numbers(std::size_t count) {
  json::array list;
  for (std::size_t i = 0; i < count; ++i) list.emplace_back(i);
  return list;
}

TEST(JobResult, KeepsTheBeginningOfListsAndCountsTheRest) {
  json::object result{{"ok", true}, {"ranges", numbers(5)}, {"short", numbers(2)}};
  shorten(result, 3);
  EXPECT_EQ(result.at("ranges"), numbers(3));
  EXPECT_EQ(result.at("ranges_omitted"), 2u);
  EXPECT_EQ(result.at("short"), numbers(2));
  EXPECT_FALSE(result.contains("short_omitted"));
}

TEST(JobResult, AddsToWhatWasLeftOutBeforeAndLooksIntoLists) {
  json::object disk{{"pieces", numbers(4)}, {"pieces_omitted", 10}};
  json::object result{{"disks", json::array{disk}}};
  shorten(result, 3);
  shorten(result, 3);
  const auto& kept = result.at("disks").at(0).as_object();
  EXPECT_EQ(kept.at("pieces").as_array().size(), 3u);
  EXPECT_EQ(kept.at("pieces_omitted"), 11u);
}

TEST(JobResult, OfOlderJobsIsShortenedInMemory) {
  JobBoard board;
  const std::string now = "2026-11-23T11:00:00.000Z";
  for (std::size_t i = 0; i <= JobBoard::kMostWhole; ++i) {
    const auto id = "job-" + std::to_string(i);
    ASSERT_TRUE(board.add(id, {.kind = "evidence.diff", .subject = "ev-1", .actor = "meier", .request = {{"id", "ev-1"}}}, now));
    ASSERT_EQ(board.begin_next(now), id);
    board.end(id, json::object{{"list", numbers(kMostKeptEntries + 7)}}, now);
  }
  const auto size = [&](const std::string& id) { return board.find(id).value().result.at("list").as_array().size(); };
  EXPECT_EQ(size("job-0"), kMostKeptEntries);
  EXPECT_EQ(board.find("job-0").value().result.at("list_omitted"), 7u);
  EXPECT_EQ(size("job-1"), kMostKeptEntries + 7);
  EXPECT_TRUE(board.find("job-0").value().what.request.empty()) << "what succeeded is not asked for again";
}

}  // namespace
}  // namespace resus::depot
