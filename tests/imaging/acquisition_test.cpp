#include "imaging/acquisition.hpp"

#include <gtest/gtest.h>

#include "tests/support/disk_content.hpp"
#include "tests/support/fake_disk.hpp"
#include "tests/support/memory_sink.hpp"

namespace resus::imaging {
namespace {

using hw::Code;

class Watching : public ProgressSink {
 public:
  void progress(const Progress& progress) override { last = progress; }
  void paused(const hw::Error& reason, std::chrono::milliseconds) override {
    const std::lock_guard lock(mutex_);
    pauses.push_back(reason.code);
  }
  Progress last;
  std::vector<Code> pauses;

 private:
  std::mutex mutex_;
};

/// A disk of 3.3 MiB with an odd end, a sink, and nothing that waits.
struct Bench {
  test::FakeDiskAccess access;
  test::FakeDisk& disk;
  test::MemorySink sink;
  Watching progress;
  AcquisitionOptions options;
  std::stop_source stop;

  explicit Bench(std::size_t size_bytes = 3 * kSegmentBytes + 300 * 1024 + 512) : disk(access.add(size_bytes)) {
    disk.fill(0, test::mixed_disk(size_bytes, 1));
    options.workers = 2;
    options.pause = [](std::chrono::milliseconds, const std::stop_token&) { return true; };
  }
  Result<AcquisitionResult> run() {
    auto reader = access.open_reader(disk.identity.path).value();
    sink.begin(disk.bytes.size());
    return Acquisition::run(*reader, sink, options, progress, stop.get_token());
  }
};

TEST(Acquisition, DeliversTheDiskAndTheHashesOfExactlyItsBytes) {
  for (const auto order : {test::Completion::kFirstIn, test::Completion::kLastIn}) {
    Bench bench;
    bench.disk.completion = order;
    const auto result = bench.run();
    ASSERT_TRUE(result) << result.error().to_string();
    EXPECT_EQ(result.value().summary.root, test::root_of_bytes(bench.disk.bytes));
    EXPECT_EQ(result.value().summary.sha256, test::sha256_of(bench.disk.bytes));
    EXPECT_EQ(bench.sink.disk(bench.disk.bytes.size()), bench.disk.bytes);
    EXPECT_EQ(bench.progress.last.done_bytes, bench.disk.bytes.size());
  }
}

TEST(Acquisition, NeverOffersABlockOfZerosAsData) {
  Bench bench;
  const auto result = bench.run();
  ASSERT_TRUE(result);
  EXPECT_FALSE(bench.sink.blocks.contains(zero_block_id()));
  EXPECT_EQ(result.value().zero_segments, (std::vector{false, true, false, false}));
}

TEST(Acquisition, KeepsAShortLastBlockOfZerosAsData) {
  Bench bench(kBlockBytes + 512);
  std::ranges::fill(bench.disk.bytes, std::byte{0});
  ASSERT_TRUE(bench.run());
  EXPECT_EQ(bench.sink.offers[0].states, (std::vector{BlockState::kZero, BlockState::kData}));
  EXPECT_EQ(bench.sink.summary->root, test::root_of_bytes(bench.disk.bytes));
}

TEST(Acquisition, SaysWhatKeptItBusy) {
  Bench bench;
  ASSERT_TRUE(bench.run());
  const auto first = bench.sink.summary->times;
  for (const auto part : {first.read, first.hash, first.ask, first.compress, first.send}) EXPECT_GT(part, 0);
  bench.sink.offers.clear();
  ASSERT_TRUE(bench.run());  // all of it is known now
  EXPECT_EQ(bench.sink.summary->times.compress, 0);
  EXPECT_EQ(bench.sink.summary->times.send, 0);
}

TEST(Acquisition, FillsFramesAcrossSegments) {
  Bench bench(6 * kSegmentBytes);
  ASSERT_TRUE(bench.run());
  const auto& frames = bench.sink.frame_blocks;
  for (std::size_t i = 0; i + 1 < frames.size(); ++i) EXPECT_EQ(frames[i], kBlocksPerSegment);
  EXPECT_GT(frames.size(), 2U);
}

TEST(Acquisition, SendsNothingThatTheSinkAlreadyHas) {
  Bench bench;
  ASSERT_TRUE(bench.run());
  bench.sink.frame_blocks.clear();
  ASSERT_TRUE(bench.run());
  EXPECT_TRUE(bench.sink.frame_blocks.empty());
}

TEST(Acquisition, StatesWhatCouldNotBeReadAndKeepsTheRestOfTheBlock) {
  Bench bench;
  const auto sector_of = [](std::uint64_t block) { return block * kBlockBytes / 512; };
  bench.disk.bad_sectors.insert(sector_of(4) + 1);                                  // part of block 4
  for (std::uint64_t i = 0; i < 8; ++i) bench.disk.bad_sectors.insert(sector_of(6) + i);  // all of block 6
  const auto result = bench.run();
  ASSERT_TRUE(result);
  const auto& offer = bench.sink.offers[0];
  EXPECT_EQ(offer.states[4], BlockState::kData);
  EXPECT_EQ(offer.states[6], BlockState::kUnreadable);
  EXPECT_EQ(offer.unreadable, (std::vector<UnreadableRange>{{4 * kBlockBytes + 512, 512}, {6 * kBlockBytes, 4096}}));
  auto expected = bench.disk.bytes;
  std::fill_n(expected.begin() + 4 * kBlockBytes + 512, 512, std::byte{0});
  std::fill_n(expected.begin() + 6 * kBlockBytes, 4096, std::byte{0});
  EXPECT_EQ(bench.sink.disk(expected.size()), expected);
  EXPECT_EQ(result.value().summary.sha256, test::sha256_of(expected));
  TreeBuilder tree(expected.size());
  for (std::size_t at = 0; at < expected.size(); at += kBlockBytes) {
    const auto block = std::span(expected).subspan(at, std::min(kBlockBytes, expected.size() - at));
    tree.add(at == 6 * kBlockBytes ? unreadable_block_id() : block_id(block));
  }
  EXPECT_EQ(result.value().summary.root, tree.finish().value()) << "what could not be read is not what zeros are";
  EXPECT_EQ(result.value().summary.unreadable_bytes, 512U + 4096U);
  EXPECT_EQ(result.value().summary.bytes_read + 4608, bench.disk.bytes.size());
}

TEST(Acquisition, DoesNotCallAPartlyReadBlockOfZerosEmpty) {
  Bench bench(2 * kBlockBytes);
  std::ranges::fill(bench.disk.bytes, std::byte{0});
  bench.disk.bad_sectors.insert(0);
  const auto result = bench.run();
  ASSERT_TRUE(result);
  EXPECT_EQ(bench.sink.offers[0].states, (std::vector{BlockState::kData, BlockState::kZero}));
  EXPECT_FALSE(result.value().zero_segments[0]);
}

TEST(Acquisition, OfADiskThatVanishesKeepsWhatWasReadBefore) {
  Bench bench(20 * kSegmentBytes);
  bench.disk.gone_at_read = 10;
  const auto result = bench.run();
  EXPECT_EQ(result.error().code, Code::kDeviceGone);
  EXPECT_EQ(bench.sink.offers.size(), 10U);
  const auto kept = bench.sink.disk(10 * kSegmentBytes);
  EXPECT_TRUE(std::ranges::equal(kept, std::span(bench.disk.bytes).first(kept.size())));
  EXPECT_FALSE(bench.sink.summary);
}

TEST(Acquisition, WaitsForAFullSinkAndGoesOnWhenThereIsRoom) {
  Bench bench;
  bench.sink.deliver_errors.assign(3, hw::make_error(Code::kSpace, "full"));
  bench.sink.offer_errors.assign(2, hw::make_error(Code::kNetwork, "away"));
  ASSERT_TRUE(bench.run());
  EXPECT_EQ(bench.sink.disk(bench.disk.bytes.size()), bench.disk.bytes);
  EXPECT_EQ(std::ranges::count(bench.progress.pauses, Code::kSpace), 3);
  EXPECT_EQ(std::ranges::count(bench.progress.pauses, Code::kNetwork), 2);
}

TEST(Acquisition, EndsAtAPermanentErrorOfTheSink) {
  Bench bench(40 * kSegmentBytes);
  bench.sink.deliver_errors.push_back(hw::make_error(Code::kEvidenceDamaged, "as told"));
  EXPECT_EQ(bench.run().error().code, Code::kEvidenceDamaged);
  EXPECT_FALSE(bench.sink.summary);
}

TEST(Acquisition, StopsWhileItWaitsForTheSink) {
  Bench bench;
  bench.sink.deliver_errors.assign(1000, hw::make_error(Code::kSpace, "full"));
  bench.options.pause = [&](std::chrono::milliseconds, const std::stop_token& stop) {
    bench.stop.request_stop();
    return !stop.stop_requested();
  };
  EXPECT_EQ(bench.run().error().code, Code::kCancelled);
}

TEST(Acquisition, DoesNotBelieveAReceiptForAnotherContent) {
  Bench bench;
  bench.sink.lies = true;
  EXPECT_EQ(bench.run().error().code, Code::kEvidenceDamaged);
}

TEST(Acquisition, AddsMd5AndSha1OnlyWhenAskedFor) {
  Bench bench(kBlockBytes);
  std::ranges::fill(bench.disk.bytes, std::byte{0});
  ASSERT_TRUE(bench.run());
  EXPECT_EQ(bench.sink.summary->md5 + bench.sink.summary->sha1, "");
  bench.options.md5 = bench.options.sha1 = true;
  ASSERT_TRUE(bench.run());
  EXPECT_EQ(bench.sink.summary->md5, "620f0b67a91f7f74151bc5be745b7110");
  EXPECT_EQ(bench.sink.summary->sha1, "1ceaf73df40e531df3bfb26b4fb7cd95fb7bff1d");
}

}  // namespace
}  // namespace resus::imaging
