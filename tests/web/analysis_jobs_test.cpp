#include "web/depot/analysis_jobs.hpp"

#include <gtest/gtest.h>

#include "tests/support/fake_processes.hpp"
#include "tests/support/store_bench.hpp"

namespace resus::depot {
namespace {

/// A store in memory with one disk, and the jobs on it.
struct Room {
  test::StoreBench bench;
  std::string evidence = bench.acquire(test::random_bytes(2 * imaging::kSegmentBytes, 1)).value().evidence_id;
  std::unique_ptr<imaging::CustodyLog> custody =
      imaging::CustodyLog::open(bench.files, "store/custody.log", bench.key, bench.clock, std::array{bench.key.public_key()}).value();
  test::FakeProcesses processes;
  Jobs jobs{bench.clock};
  AnalysisJobs analysis{{.store = *bench.store, .custody = *custody, .files = bench.files, .processes = processes, .data = "", .jobs = jobs}};

  Job ended(const Result<Job>& begun) {
    EXPECT_TRUE(begun) << begun.error().to_string();
    for (;;) {
      auto job = jobs.find(begun.value().id).value();
      if (job.ended()) return job;
      std::this_thread::yield();
    }
  }
};

const JobAsker kMeier{.name = "meier"};

TEST(AnalysisJobs, FailWhenTheirCustodyLineCannotBeWritten) {
  Room room;
  EXPECT_EQ(room.ended(room.analysis.scrub(kMeier)).state, JobState::kDone);
  room.bench.files.lose_power_at(room.bench.files.calls());
  for (const auto& begun : {room.analysis.scrub(kMeier), room.analysis.search(analysis::WantedBytes{"looked for"}, 10, kMeier)}) {
    const auto job = room.ended(begun);
    EXPECT_EQ(job.state, JobState::kFailed);
    EXPECT_TRUE(job.result.empty());
  }
}

TEST(AnalysisJobs, DamageIsAResultAndNoFailure) {
  Room room;
  room.bench.files.flip_byte("store/packs/00000001.zst", 100);
  const auto job = room.ended(room.analysis.scrub(kMeier));
  EXPECT_EQ(job.state, JobState::kDone);
  EXPECT_EQ(job.result.at("ok"), false);
  const auto searched = room.ended(room.analysis.search(analysis::WantedBytes{"looked for"}, 10, kMeier));
  EXPECT_EQ(searched.state, JobState::kDone);
  EXPECT_FALSE(analysis::searched_everything(searched.result));
}

TEST(AnalysisJobs, RefuseWhatIsNotThereBeforeTheyWait) {
  Room room;
  EXPECT_EQ(room.analysis.diff({.id = "ev-0", .against = "ward"}, kMeier).error().code, hw::Code::kNotFound);
  EXPECT_EQ(room.analysis.diff({.id = room.evidence, .against = "ward"}, kMeier).error().code, hw::Code::kNotFound);
  EXPECT_TRUE(room.jobs.list().empty());
}

TEST(AnalysisJobs, TellTheirSubjectWithoutThePattern) {
  Room room;
  EXPECT_EQ(room.ended(room.analysis.search(analysis::WantedBytes{"Mrs Smith"}, 10, kMeier)).what.subject, "pattern of 9 bytes");
  EXPECT_TRUE(shows_content("store.search") && shows_content("evidence.diff"));
  EXPECT_FALSE(shows_content("store.scrub"));
}

}  // namespace
}  // namespace resus::depot
