#include <gtest/gtest.h>

#include "imaging/acquisition.hpp"
#include "tests/support/disk_content.hpp"
#include "tests/support/fake_disk.hpp"
#include "tests/support/memory_sink.hpp"

namespace resus::imaging {
namespace {

/// A disk that can change when everything has been read once.
struct Bench {
  test::FakeDiskAccess access;
  test::FakeDisk& disk;
  test::MemorySink sink;
  NoProgress progress;
  AcquisitionOptions options;
  std::function<void()> after_first = [] {};

  explicit Bench(std::size_t segments, RereadPolicy policy) : disk(access.add(segments * kSegmentBytes - 512)) {
    disk.fill(0, test::mixed_disk(disk.bytes.size(), 5));
    options.workers = 1;
    options.reread = policy;
    disk.on_read = [this, segments](bool) {
      if (disk.reads.size() == segments && after_first) std::exchange(after_first, nullptr)();
    };
  }
  Result<AcquisitionResult> run() {
    auto reader = access.open_reader(disk.identity.path).value();
    sink.begin(disk.bytes.size());
    return Acquisition::run(*reader, sink, options, progress, {});
  }
  /// Reads come eight at a time: the change must not reach the first reading.
  void one_at_a_time() { disk.depth = 1; }
};

TEST(SecondReading, OfAnUnchangedDiskFindsNothing) {
  for (const auto policy : {RereadPolicy::kSampled, RereadPolicy::kWhole}) {
    Bench bench(5, policy);
    const auto result = bench.run();
    ASSERT_TRUE(result) << result.error().to_string();
    EXPECT_TRUE(result.value().summary.reread.differences.empty());
    EXPECT_EQ(result.value().summary.reread.policy, policy);
    const bool whole = policy == RereadPolicy::kWhole;
    EXPECT_EQ(result.value().summary.reread.bytes == bench.disk.bytes.size(), whole);
  }
}

TEST(SecondReading, IsNotDoneUnlessAskedFor) {
  Bench bench(5, RereadPolicy::kNone);
  ASSERT_TRUE(bench.run());
  EXPECT_EQ(bench.disk.reads.size(), 5U);
}

TEST(SecondReading, LocatesWhatChangedAndKeepsTheFirstReading) {
  Bench bench(6, RereadPolicy::kWhole);
  bench.one_at_a_time();
  const auto before = bench.disk.bytes;
  bench.after_first = [&] {
    for (const auto segment : {2, 3, 5}) bench.disk.bytes[segment * kSegmentBytes + 77] ^= std::byte{1};
  };
  const auto result = bench.run();
  ASSERT_TRUE(result) << result.error().to_string();
  EXPECT_EQ(result.value().summary.reread.differences,
            (std::vector<RereadOutcome::Range>{{2 * kSegmentBytes, 2 * kSegmentBytes}, {5 * kSegmentBytes, kSegmentBytes - 512}}));
  EXPECT_EQ(result.value().receipt.sha256, test::sha256_of(before));
}

TEST(SecondReading, SampledReadsTheEndsAndOneInSixtyFour) {
  Bench bench(130, RereadPolicy::kSampled);
  const auto result = bench.run();
  ASSERT_TRUE(result);
  const auto again = bench.disk.reads.size() - 130;
  EXPECT_GE(again, 3U);
  EXPECT_LE(again, 5U);
  EXPECT_EQ(bench.disk.reads.back().offset_bytes, 129 * kSegmentBytes);
}

TEST(SecondReading, CountsWhatCannotBeReadAnyMoreAndLeavesOutWhatNeverCould) {
  Bench bench(4, RereadPolicy::kWhole);
  bench.one_at_a_time();
  bench.after_first = [&] { bench.disk.bad_sectors.insert(2 * kSegmentBytes / 512 + 9); };
  const auto result = bench.run();
  ASSERT_TRUE(result);
  EXPECT_EQ(result.value().summary.reread.unreadable_bytes, kSegmentBytes);
  EXPECT_EQ(result.value().summary.unreadable_bytes, 0U);

  Bench bad(4, RereadPolicy::kWhole);
  bad.disk.bad_sectors.insert(5);
  const auto second = bad.run();
  ASSERT_TRUE(second);
  EXPECT_EQ(second.value().summary.reread.bytes, bad.disk.bytes.size() - kSegmentBytes);
  EXPECT_TRUE(second.value().summary.reread.differences.empty());
}

}  // namespace
}  // namespace resus::imaging
