#include "web/depot/jobs.hpp"

#include <gtest/gtest.h>

#include <condition_variable>
#include <future>
#include <latch>

#include "tests/support/fake_clock.hpp"
#include "web/depot/job_record.hpp"
#include "web/depot/job_result.hpp"

namespace resus::depot {
namespace {

using Outcome = Result<boost::json::object>;
const NewJob kCheck{.kind = "evidence.verify", .subject = "ev-1", .actor = "meier"};

/// Work that tells when it began and waits until it is asked to stop.
Outcome until_stopped(std::latch& began, const JobControl& job) {
  began.count_down();
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  wake.wait(lock, job.stop(), [] { return false; });
  return hw::fail(hw::Code::kCancelled, "stopped");
}

TEST(Jobs, RunOneAfterTheOtherAndKeepTheirResults) {
  test::FakeClock clock;
  Jobs jobs(clock);
  std::promise<void> last;
  const auto first = jobs.start(kCheck, [](const JobControl& job) -> Outcome {
    job.progress(3, 4);
    return boost::json::object{{"ok", true}};
  }).value();
  const auto second = jobs.start(kCheck, [](const JobControl&) -> Outcome { return hw::fail(hw::Code::kRead, "broken"); }).value();
  ASSERT_TRUE(jobs.start(kCheck, [&](const JobControl&) -> Outcome {
    last.set_value();
    return boost::json::object{};
  }));
  last.get_future().wait();
  EXPECT_EQ(jobs.find(first.id).value().state, JobState::kDone);
  EXPECT_EQ(jobs.find(first.id).value().total, 4u);
  EXPECT_EQ(jobs.find(second.id).value().state, JobState::kFailed);
}

TEST(Jobs, AWaitingOneNeverBeginsOnceItIsCancelled) {
  test::FakeClock clock;
  Jobs jobs(clock);
  std::latch began(1);
  const auto running = jobs.start(kCheck, [&](const JobControl& job) { return until_stopped(began, job); }).value();
  bool ran = false;
  const auto waiting = jobs.start(kCheck, [&](const JobControl&) -> Outcome {
    ran = true;
    return boost::json::object{};
  }).value();
  began.wait();
  EXPECT_EQ(jobs.cancel(waiting.id).value().state, JobState::kCancelled);
  EXPECT_EQ(jobs.cancel(running.id).value().state, JobState::kRunning);
  jobs.stop();
  EXPECT_FALSE(ran);
  EXPECT_EQ(jobs.find(running.id).value().state, JobState::kCancelled);
}

TEST(Jobs, EndWithTheDepot) {
  test::FakeClock clock;
  Jobs jobs(clock);
  std::latch began(1);
  const auto running = jobs.start(kCheck, [&](const JobControl& job) { return until_stopped(began, job); }).value();
  const auto waiting = jobs.start(kCheck, [](const JobControl&) -> Outcome { return boost::json::object{}; }).value();
  const auto beside = jobs.begin_beside(kCheck, 1).value();
  began.wait();
  jobs.stop();
  EXPECT_TRUE(beside->stop().stop_requested());
  EXPECT_EQ(jobs.find(running.id).value().state, JobState::kCancelled);
  EXPECT_EQ(jobs.find(waiting.id).value().state, JobState::kCancelled);
  EXPECT_EQ(jobs.start(kCheck, [](const JobControl&) -> Outcome { return boost::json::object{}; }).error().code, hw::Code::kConflict);
  EXPECT_FALSE(jobs.begin_beside(kCheck, 1));
}

TEST(Jobs, AreKeptInEveryStateButWhatEndsBecauseTheDepotStops) {
  test::FakeClock clock;
  std::vector<std::string> kept;
  std::latch began(1);
  {
    Jobs jobs(clock, [&](const Job& job) -> Result<void> {
      kept.emplace_back(to_string(job.state));
      return hw::success();
    });
    ASSERT_TRUE(jobs.start(kCheck, [&](const JobControl& job) { return until_stopped(began, job); }));
    began.wait();
    jobs.stop();
  }
  EXPECT_EQ(kept, (std::vector<std::string>{"waiting", "running"}));
}

TEST(Jobs, ThatCannotBeKeptDoNotBegin) {
  test::FakeClock clock;
  Jobs jobs(clock, [](const Job&) -> Result<void> { return hw::fail(hw::Code::kSpace, "full"); });
  bool ran = false;
  const auto refused = jobs.start(kCheck, [&](const JobControl&) -> Outcome {
    ran = true;
    return boost::json::object{};
  });
  EXPECT_EQ(refused.error().code, hw::Code::kSpace);
  EXPECT_FALSE(jobs.begin_beside(kCheck, 1));
  jobs.stop();
  EXPECT_FALSE(ran);
  EXPECT_TRUE(jobs.list().empty());
}

TEST(Jobs, AreReadAsTheyWereKept) {
  Job job{.id = "job-1", .what = {.kind = "image.import", .subject = "ward", .actor = "meier", .request = {{"source", "/dev/sdb"}, {"name", "ward"}}},
          .state = JobState::kFailed, .done = 3, .total = 4, .created_at = "a", .started_at = "b", .finished_at = "c", .result = {},
          .error = hw::make_error(hw::Code::kRead, "read /dev/sdb")};
  EXPECT_EQ(job_object(job_from_json(stored_job(job).document).value()), job_object(job));
  job.state = JobState::kDone;
  job.error.reset();
  job.result = {{"ok", false}, {"damaged_ranges", boost::json::array(kMostKeptEntries + 1, boost::json::value(1))}};
  const auto read = job_from_json(stored_job(job).document).value();
  EXPECT_EQ(read.result.at("damaged_ranges").as_array().size(), kMostKeptEntries);
  EXPECT_EQ(read.what.request, job.what.request);
  for (const char* broken : {"", "{}", "[]", R"({"id":"job-1","state":"asleep"})"}) EXPECT_FALSE(job_from_json(broken)) << broken;
}

TEST(Jobs, SurviveWorkThatThrows) {
  test::FakeClock clock;
  Jobs jobs(clock);
  const auto thrown = jobs.start(kCheck, [](const JobControl&) -> Outcome { throw std::runtime_error("bug"); }).value();
  std::promise<void> later;
  ASSERT_TRUE(jobs.start(kCheck, [&](const JobControl&) -> Outcome {
    later.set_value();
    return boost::json::object{};
  }));
  later.get_future().wait();
  EXPECT_EQ(jobs.find(thrown.id).value().error->code, hw::Code::kInternal);
}

}  // namespace
}  // namespace resus::depot
