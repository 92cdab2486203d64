#pragma once
// What web/depot/catalogue.hpp promises. A kind of catalogue brings a bench:
//
//   Catalogue& catalogue();
//   void reopen();            the depot starts again on what is there
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "web/depot/catalogue.hpp"

namespace resus::test {

inline depot::MachineRecord machine_record(const std::string& id, std::uint64_t rev = 1) {
  depot::MachineRecord record;
  record.id = id;
  record.rev = rev;
  record.slot = "B07 \"quoted\"; DROP TABLE machines;--";
  record.phase = imaging::Phase::kCopying;
  record.disk = {.path = "/dev/sda", .serial = "Z6E1", .model = "ST500", .size_bytes = 500'107'862'016};
  return record;
}

inline depot::TimelineEntry timeline_entry(std::int64_t t_ms, std::string text) {
  return {.t_ms = t_ms, .actor = "K. Meier", .action = "approve", .text = std::move(text), .code = "", .machine_id = ""};
}

inline std::vector<std::string> texts(const std::vector<depot::TimelineEntry>& entries) {
  std::vector<std::string> all;
  for (const auto& entry : entries) all.push_back(entry.machine_id + ":" + entry.text);
  return all;
}

inline std::vector<depot::StoredLogLine> log_lines(int first, int last) {
  std::vector<depot::StoredLogLine> lines;
  for (int i = first; i <= last; ++i) lines.push_back({"2026-11-23T11:00:00Z", "info", std::to_string(i)});
  return lines;
}

template <class Bench>
class CatalogueContract : public testing::Test {
 protected:
  depot::Catalogue& catalogue() { return bench_.catalogue(); }
  void save(const std::string& id, const std::vector<std::string>& lines) {
    std::vector<depot::TimelineEntry> entries;
    for (const auto& line : lines) entries.push_back(timeline_entry(++now_ms_, line));
    const auto saved = catalogue().save(machine_record(id), entries, {});
    ASSERT_TRUE(saved) << saved.error().to_string();
  }
  Bench bench_;
  std::int64_t now_ms_ = 0;
};
TYPED_TEST_SUITE_P(CatalogueContract);

TYPED_TEST_P(CatalogueContract, IsEmptyAtFirst) {
  EXPECT_TRUE(this->catalogue().machines().value().records.empty());
  EXPECT_TRUE(this->catalogue().recent(10).value().empty());
  EXPECT_TRUE(this->catalogue().finished_stages(10).value().empty());
  EXPECT_TRUE(this->catalogue().log("m-AAAAAA").value().empty());
  EXPECT_TRUE(this->catalogue().timeline("m-AAAAAA").value().empty());
  EXPECT_FALSE(this->catalogue().find_operator("nobody").value());
  EXPECT_FALSE(this->catalogue().find_session("none").value());
  EXPECT_FALSE(this->catalogue().find_batch("none").value());
  EXPECT_FALSE(this->catalogue().find_reply("none").value());
  EXPECT_FALSE(this->catalogue().find_setting("none").value());
}

TYPED_TEST_P(CatalogueContract, KeepsTheLatestRecordOfEachMachine) {
  ASSERT_TRUE(this->catalogue().save(machine_record("m-BBBBBB"), {}, {}));
  ASSERT_TRUE(this->catalogue().save(machine_record("m-AAAAAA"), {}, {}));
  ASSERT_TRUE(this->catalogue().save(machine_record("m-BBBBBB", 9), {}, {}));
  this->bench_.reopen();
  const auto machines = this->catalogue().machines().value().records;
  ASSERT_EQ(machines.size(), 2u);
  EXPECT_EQ(depot::to_json(machines[0]), depot::to_json(machine_record("m-AAAAAA")));
  EXPECT_EQ(depot::to_json(machines[1]), depot::to_json(machine_record("m-BBBBBB", 9)));
}

TYPED_TEST_P(CatalogueContract, TellsAMachinesHistoryOldestFirstAndEverybodysNewestFirst) {
  this->save("m-AAAAAA", {"one", "two"});
  this->save("m-BBBBBB", {"three"});
  this->save("m-AAAAAA", {"four"});
  this->bench_.reopen();
  const auto history = this->catalogue().timeline("m-AAAAAA").value();
  EXPECT_EQ(texts(history), (std::vector<std::string>{"m-AAAAAA:one", "m-AAAAAA:two", "m-AAAAAA:four"}));
  EXPECT_EQ(history[2].t_ms, 4);
  EXPECT_EQ(history[2].actor, "K. Meier");
  EXPECT_EQ(texts(this->catalogue().recent(2).value()), (std::vector<std::string>{"m-AAAAAA:four", "m-BBBBBB:three"}));
}

TYPED_TEST_P(CatalogueContract, KeepsFinishedStagesAndGivesTheLatestOldestFirst) {
  std::vector<depot::FinishedStage> rows;
  for (std::int64_t i = 1; i <= 3; ++i) {
    rows.push_back({.machine_id = "m-AAAAAA", .attempt = 2, .phase = imaging::Phase::kImaging, .worked_ms = 61'000, .bytes = 5'000'000'000,
                    .likeness = {.size_class = 39, .model = "OptiPlex", .link_mbit = 1000, .content = "img-1"}, .finished_at_ms = i});
  }
  ASSERT_TRUE(this->catalogue().save(machine_record("m-AAAAAA"), {}, rows));
  this->bench_.reopen();
  EXPECT_EQ(this->catalogue().finished_stages(10).value(), rows);
  EXPECT_EQ(this->catalogue().finished_stages(2).value(), (std::vector{rows[1], rows[2]}));
}

TYPED_TEST_P(CatalogueContract, KeepsTheLast2000LogLinesOfEachMachine) {
  ASSERT_TRUE(this->catalogue().append_log("m-BBBBBB", log_lines(1, 3)));
  ASSERT_TRUE(this->catalogue().append_log("m-AAAAAA", log_lines(1, 1500)));
  ASSERT_TRUE(this->catalogue().append_log("m-AAAAAA", log_lines(1501, 2005)));
  this->bench_.reopen();
  const auto lines = this->catalogue().log("m-AAAAAA").value();
  ASSERT_EQ(lines.size(), 2000u);
  EXPECT_EQ(lines.front().text, "6");
  EXPECT_EQ(lines.back().text, "2005");
  EXPECT_EQ(this->catalogue().log("m-BBBBBB").value().size(), 3u);
}

TYPED_TEST_P(CatalogueContract, KeepsWhatAgentsSayByteForByte) {
  const std::string odd("nul \0 quote ' \" newline \n \xc3\xa9 \xff", 31);
  ASSERT_TRUE(this->catalogue().append_log("m-AAAAAA", {{"t", odd, odd}}));
  ASSERT_TRUE(this->catalogue().put_setting(odd, odd));
  this->bench_.reopen();
  EXPECT_EQ(this->catalogue().log("m-AAAAAA").value().at(0).text, odd);
  EXPECT_EQ(this->catalogue().find_setting(odd).value(), odd);
}

TYPED_TEST_P(CatalogueContract, ReplacesAnOperatorOfTheSameName) {
  ASSERT_TRUE(this->catalogue().put_operator({"admin", "technician", "hash 1"}));
  ASSERT_TRUE(this->catalogue().put_operator({"admin", "admin", "hash 2"}));
  this->bench_.reopen();
  const auto found = this->catalogue().find_operator("admin").value();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->role, "admin");
  EXPECT_EQ(found->password, "hash 2");
  EXPECT_FALSE(this->catalogue().find_operator("Admin").value());
}

TYPED_TEST_P(CatalogueContract, SessionsLastUntilTheyAreRemovedOrOver) {
  for (const auto& [token, until] : {std::pair{"early", 999}, {"just", 1000}, {"late", 5000}}) {
    ASSERT_TRUE(this->catalogue().put_session({token, "meier", "technician", until}));
  }
  ASSERT_TRUE(this->catalogue().remove_expired(1000));
  ASSERT_TRUE(this->catalogue().remove_session("late"));
  ASSERT_TRUE(this->catalogue().remove_session("never was"));
  this->bench_.reopen();
  EXPECT_FALSE(this->catalogue().find_session("early").value());
  EXPECT_FALSE(this->catalogue().find_session("late").value());
  const auto left = this->catalogue().find_session("just").value();
  ASSERT_TRUE(left);
  EXPECT_EQ(left->user, "meier");
  EXPECT_EQ(left->expires_at_ms, 1000);
}

TYPED_TEST_P(CatalogueContract, KeepsBatchesRepliesAndSettings) {
  ASSERT_TRUE(this->catalogue().put_batch("b-1", R"({"n":1})"));
  ASSERT_TRUE(this->catalogue().put_batch("b-1", R"({"n":2})"));
  ASSERT_TRUE(this->catalogue().remember_reply("key", {"print", 202, "body"}));
  ASSERT_TRUE(this->catalogue().put_setting("rev", "41"));
  ASSERT_TRUE(this->catalogue().put_setting("rev", "42"));
  this->bench_.reopen();
  EXPECT_EQ(this->catalogue().find_batch("b-1").value(), R"({"n":2})");
  const auto reply = this->catalogue().find_reply("key").value();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->fingerprint + reply->body, "printbody");
  EXPECT_EQ(reply->status, 202u);
  EXPECT_EQ(this->catalogue().find_setting("rev").value(), "42");
}

TYPED_TEST_P(CatalogueContract, KeepsTheLatestStateOfEachJobInTheOrderOfTheirBeginning) {
  ASSERT_TRUE(this->catalogue().put_job({"job-b", false, "waits"}));
  ASSERT_TRUE(this->catalogue().put_job({"job-a", false, "waits, too"}));
  ASSERT_TRUE(this->catalogue().put_job({"job-b", true, "done"}));
  this->bench_.reopen();
  const auto jobs = this->catalogue().jobs().value();
  ASSERT_EQ(jobs.size(), 2u);
  EXPECT_EQ(jobs[0].id + jobs[0].document, "job-bdone");
  EXPECT_TRUE(jobs[0].ended);
  EXPECT_EQ(jobs[1].id + jobs[1].document, "job-awaits, too");
  EXPECT_FALSE(jobs[1].ended);
}

TYPED_TEST_P(CatalogueContract, ForgetsTheOldestJobsThatEndedAndNoneThatHasNot) {
  ASSERT_TRUE(this->catalogue().put_job({"runs", false, ""}));
  for (std::size_t i = 0; i <= depot::Catalogue::kMostEndedJobs; ++i) ASSERT_TRUE(this->catalogue().put_job({std::to_string(i), true, ""}));
  const auto jobs = this->catalogue().jobs().value();
  EXPECT_EQ(jobs.size(), depot::Catalogue::kMostEndedJobs + 1);
  EXPECT_EQ(jobs.front().id, "runs");
  EXPECT_EQ(jobs[1].id, "1");
}

TYPED_TEST_P(CatalogueContract, IsUsedByManyThreadsAtOnce) {
  std::atomic<int> saved = 0;
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 4; ++thread) {
      threads.emplace_back([&, thread] {
        const auto id = "m-AAAAA" + std::to_string(thread);
        for (int i = 0; i < 20; ++i) saved += this->catalogue().save(machine_record(id), {timeline_entry(i, "line")}, {}).has_value();
        (void)this->catalogue().machines();
      });
    }
  }
  this->bench_.reopen();
  EXPECT_EQ(saved, 80);
  EXPECT_EQ(this->catalogue().machines().value().records.size(), 4u);
  EXPECT_EQ(this->catalogue().recent(100).value().size(), 80u);
}

REGISTER_TYPED_TEST_SUITE_P(CatalogueContract, IsEmptyAtFirst, KeepsTheLatestRecordOfEachMachine,
                            TellsAMachinesHistoryOldestFirstAndEverybodysNewestFirst,
                            KeepsFinishedStagesAndGivesTheLatestOldestFirst, KeepsTheLast2000LogLinesOfEachMachine,
                            KeepsWhatAgentsSayByteForByte, ReplacesAnOperatorOfTheSameName,
                            SessionsLastUntilTheyAreRemovedOrOver, KeepsBatchesRepliesAndSettings,
                            KeepsTheLatestStateOfEachJobInTheOrderOfTheirBeginning, ForgetsTheOldestJobsThatEndedAndNoneThatHasNot,
                            IsUsedByManyThreadsAtOnce);

}  // namespace resus::test
