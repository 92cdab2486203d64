// The copy of a failing disk: what is read, what stands as unreadable and why, and when it ends.
#include <gtest/gtest.h>

#include <random>

#include "imaging/acquisition.hpp"
#include "tests/support/disk_content.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/fake_disk.hpp"
#include "tests/support/memory_sink.hpp"

namespace resus::imaging {
namespace {

using hw::Code;
constexpr std::uint64_t kSectors = kSegmentBytes / 512;

/// A disk on which a failed read takes time, and a sink. The clock moves with the reads alone.
struct Bench {
  test::FakeDiskAccess access;
  test::FakeDisk& disk;
  test::MemorySink sink;
  test::FakeClock clock;
  NoProgress progress;
  AcquisitionOptions options;
  std::stop_source stop;
  std::chrono::milliseconds bad_read{0}, good_read{0};

  explicit Bench(std::size_t segments) : disk(access.add(segments * kSegmentBytes)) {
    disk.fill(0, test::random_bytes(disk.bytes.size(), 3));
    disk.on_read = [this](bool readable) { clock.advance(readable ? good_read : bad_read); };
    options.workers = 1;
    options.clock = &clock;
    options.pause = [](std::chrono::milliseconds, const std::stop_token&) { return true; };
  }
  Result<AcquisitionResult> run() {
    auto reader = access.open_reader(disk.identity.path).value();
    sink.begin(disk.bytes.size());
    return Acquisition::run(*reader, sink, options, progress, stop.get_token());
  }
  void fail(std::uint64_t first, std::uint64_t count) {
    for (auto i = first; i < first + count; ++i) disk.bad_sectors.insert(i);
  }
  /// The disk with zeros where sectors are bad.
  std::vector<std::byte> expected() const {
    auto bytes = disk.bytes;
    for (const auto sector : disk.bad_sectors) std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(sector * 512), 512, std::byte{0});
    return bytes;
  }
};

std::set<std::uint64_t> sectors_of(const std::vector<UnreadableRange>& ranges) {
  std::set<std::uint64_t> sectors;
  for (const auto& range : ranges) {
    for (auto at = range.offset_bytes; at < range.offset_bytes + range.length_bytes; at += 512) sectors.insert(at / 512);
  }
  return sectors;
}

TEST(AcquisitionRescue, ReadsEveryGoodSectorAndStatesEveryBadOneWhateverTheFaults) {
  for (unsigned seed = 0; seed < 25; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const auto below = [&](std::uint64_t n) { return std::uniform_int_distribution<std::uint64_t>(0, n - 1)(random); };
    Bench bench(12);
    for (auto i = below(5); i > 0; --i) {
      const auto first = below(12 * kSectors);
      bench.fail(first, std::min(1 + below(below(4) == 0 ? 3 * kSectors : 20), 12 * kSectors - first));
    }
    bench.disk.completion = seed % 2 == 0 ? test::Completion::kFirstIn : test::Completion::kLastIn;
    const auto result = bench.run();
    ASSERT_TRUE(result) << result.error().to_string();
    EXPECT_EQ(sectors_of(result.value().unreadable), bench.disk.bad_sectors);
    EXPECT_EQ(bench.sink.disk(bench.disk.bytes.size()), bench.expected());
    EXPECT_EQ(result.value().receipt.sha256, test::sha256_of(bench.expected()));
    EXPECT_EQ(result.value().summary.sha256, test::sha256_of(bench.expected()));
    EXPECT_EQ(result.value().summary.held_back, !bench.disk.bad_sectors.empty());
    EXPECT_EQ(result.value().summary.bytes_read + 512 * bench.disk.bad_sectors.size(), bench.disk.bytes.size());
    EXPECT_LE(bench.disk.reads.size(), 3 * 12U + 12 * 50U + 2 * bench.disk.bad_sectors.size() + 12 * 256U);
  }
}

TEST(AcquisitionRescue, ReadsWhatIsGoodBeforeItWorksAtWhatIsNot) {
  Bench bench(40);
  bench.fail(5 * kSectors, 2 * kSectors);
  ASSERT_TRUE(bench.run());
  std::size_t first_small = 0;
  while (bench.disk.reads[first_small].length_bytes == kSegmentBytes) ++first_small;
  std::set<std::uint64_t> large;
  for (std::size_t i = 0; i < first_small; ++i) large.insert(bench.disk.reads[i].offset_bytes / kSegmentBytes);
  EXPECT_EQ(large.size(), 40U) << "every segment was read in one go before a part of one was";
  EXPECT_EQ(bench.sink.order.size(), 40U - static_cast<std::size_t>(std::ranges::count_if(
                                                 bench.sink.offers, [&](const SegmentOffer& offer) {
                                                   return std::ranges::find(bench.sink.order, offer.segment) == bench.sink.order.end();
                                                 })));
}

TEST(AcquisitionRescue, AHealthyDiskIsReadOnceInOrderAndHasItsOwnLinearHash) {
  Bench bench(20);
  const auto result = bench.run();
  ASSERT_TRUE(result);
  EXPECT_FALSE(result.value().summary.held_back);
  EXPECT_TRUE(bench.sink.order.empty());
  ASSERT_EQ(bench.disk.reads.size(), 20U);
  for (std::size_t i = 0; i < 20; ++i) EXPECT_EQ(bench.disk.reads[i].offset_bytes, i * kSegmentBytes);
}

TEST(AcquisitionRescue, TheShortLastBlockOfADiskEndsItsFrameAlsoWhereSegmentsHeldBackFollow) {
  Bench bench(2);
  bench.disk.bytes.resize(2 * kSegmentBytes - kBlockBytes + 512);
  bench.disk.identity.size_bytes = bench.disk.bytes.size();
  bench.fail(9, 1);
  const auto result = bench.run();
  ASSERT_TRUE(result) << result.error().to_string();
  EXPECT_EQ(bench.sink.disk(bench.disk.bytes.size()), bench.expected());
}

TEST(AcquisitionRescue, ADeadRegionEndsWithinTheTimeAndSaysWhatWasNotTried) {
  Bench bench(60);
  bench.fail(20 * kSectors, 20 * kSectors);
  bench.bad_read = std::chrono::seconds(10);
  bench.options.rescue_time = std::chrono::minutes(20);
  const auto begun = bench.clock.steady();
  const auto result = bench.run();
  ASSERT_TRUE(result) << result.error().to_string();
  EXPECT_LE(bench.clock.steady() - begun, std::chrono::minutes(20) + std::chrono::seconds(20));
  EXPECT_EQ(sectors_of(result.value().unreadable), bench.disk.bad_sectors) << "the time sufficed for everything good";
  const auto has = [&](ReadCause cause) { return std::ranges::find(result.value().unreadable, cause, &UnreadableRange::cause) != result.value().unreadable.end(); };
  EXPECT_TRUE(has(ReadCause::kNotTried));
}

TEST(AcquisitionRescue, ADiskThatCrawlsEndsWithinTheTime) {
  Bench bench(200);
  bench.good_read = std::chrono::seconds(30);
  bench.options.rescue_time = std::chrono::minutes(30);
  const auto begun = bench.clock.steady();
  const auto result = bench.run();
  ASSERT_TRUE(result) << result.error().to_string();
  EXPECT_LE(bench.clock.steady() - begun, std::chrono::minutes(35));
  for (const auto& range : result.value().unreadable) EXPECT_EQ(range.cause, ReadCause::kNotTried);
  EXPECT_GT(result.value().summary.bytes_read, 20 * kSegmentBytes) << "what the time sufficed for was read";
  EXPECT_EQ(result.value().summary.bytes_read + result.value().summary.unreadable_bytes, bench.disk.bytes.size());
}

TEST(AcquisitionRescue, ALargeHealthyDiskIsNeverShortOfTime) {
  Bench bench(100);
  bench.good_read = std::chrono::seconds(4);
  bench.options.rescue_time = std::chrono::seconds(1);
  const auto result = bench.run();
  ASSERT_TRUE(result);
  EXPECT_EQ(result.value().summary.unreadable_bytes, 0U);
}

TEST(AcquisitionRescue, TellsATimeoutFromAMediumError) {
  Bench bench(2);
  bench.fail(7, 1);
  bench.disk.bad_status = hw::ReadStatus::kTimeout;
  const auto result = bench.run();
  ASSERT_TRUE(result);
  EXPECT_EQ(result.value().unreadable, (std::vector<UnreadableRange>{{7 * 512, 512, ReadCause::kTimeout}}));
}

TEST(AcquisitionRescue, ADiskThatVanishesInTheRescueLeavesACopyOfAllThatWasRead) {
  Bench bench(10);
  bench.fail(4 * kSectors, 8);
  bench.disk.gone_at_read = 14;  // ten segments, then a few parts of the bad one
  const auto result = bench.run();
  ASSERT_TRUE(result) << result.error().to_string();
  EXPECT_TRUE(result.value().summary.device_gone);
  EXPECT_LE(result.value().summary.unreadable_bytes, kSegmentBytes);
  for (const auto& range : result.value().unreadable) EXPECT_EQ(range.cause, ReadCause::kDeviceGone);
}

TEST(AcquisitionRescue, StopsInTheRescue) {
  Bench bench(4);
  bench.fail(0, 4 * kSectors);
  bench.disk.on_read = [&](bool) {
    if (bench.disk.reads.size() > 100) bench.stop.request_stop();
  };
  EXPECT_EQ(bench.run().error().code, Code::kCancelled);
}

TEST(AcquisitionRescue, EndsAtAPermanentErrorOfTheSinkInTheRescue) {
  Bench bench(80);
  bench.fail(0, 80 * kSectors);
  bench.bad_read = std::chrono::seconds(10);
  bench.options.rescue_time = std::chrono::minutes(10);
  bench.disk.on_read = [&](bool readable) {
    bench.clock.advance(readable ? bench.good_read : bench.bad_read);
    if (bench.disk.reads.size() == 20) bench.sink.refuse_the_next_offer(hw::make_error(Code::kEvidenceDamaged, "as told"));
  };
  EXPECT_EQ(bench.run().error().code, Code::kEvidenceDamaged);
}

}  // namespace
}  // namespace resus::imaging
