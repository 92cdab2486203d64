#include <gtest/gtest.h>

#include "imaging/pattern_scan.hpp"
#include "tests/support/fake_disk.hpp"
#include "tests/support/store_bench.hpp"

namespace resus::imaging {
namespace {

using test::StoreBench;
constexpr std::size_t kDisk = 3 * kSegmentBytes;

void put(std::vector<std::byte>& disk, std::size_t offset, std::string_view text) {
  std::ranges::copy(std::as_bytes(std::span(text)), disk.begin() + static_cast<std::ptrdiff_t>(offset));
}

/// Every offset by the plain definition.
std::vector<std::uint64_t> plain_search(const std::vector<std::byte>& disk, const std::string& pattern) {
  std::vector<std::uint64_t> offsets;
  const std::string_view text(reinterpret_cast<const char*>(disk.data()), disk.size());
  for (auto at = text.find(pattern); at != std::string_view::npos; at = text.find(pattern, at + 1)) offsets.push_back(at);
  return offsets;
}

std::vector<std::uint64_t> offsets_of(const SearchResult& result, const std::string& id) {
  const auto found = std::ranges::find_if(result.disks, [&](const FoundOnDisk& one) { return one.disk.id == id; });
  return found == result.disks.end() ? std::vector<std::uint64_t>{} : found->offsets_bytes;
}

TEST(PatternScan, RefusesWhatWouldBeEverywhere) {
  EXPECT_EQ(PatternScan::of("abc").error().code, hw::Code::kUsage);
  EXPECT_EQ(PatternScan::of(std::string(8, '\0')).error().code, hw::Code::kUsage);
  EXPECT_EQ(PatternScan::of(std::string(4097, 'a')).error().code, hw::Code::kUsage);
}

TEST(PatternScan, KnowsEveryOccurrenceAcrossABorder) {
  const auto scan = PatternScan::of("aaaa").value();
  EXPECT_EQ(scan.across(3, 3), (std::vector<std::uint16_t>{3, 2, 1}));
  EXPECT_TRUE(PatternScan::of("abcd").value().across(1, 2).empty());
}

/// Few different bytes, so that there are matches at and across every kind of border, zero blocks included.
TEST(Search, FindsWhatAPlainSearchOfEachDiskFinds) {
  StoreBench bench;
  std::mt19937 random(11);
  for (const std::size_t bytes : {kDisk, kDisk + 777}) {
    auto disk = test::mixed_disk(bytes, bytes);
    for (std::size_t block = 0; block < disk.size() / kBlockBytes; ++block) {
      if (is_zero(std::span(disk).subspan(block * kBlockBytes, kBlockBytes))) continue;
      for (const std::size_t at : {std::size_t{0}, kBlockBytes - 5}) {
        for (std::size_t i = 0; i < 5; ++i) disk[block * kBlockBytes + at + i] = static_cast<std::byte>(random() % 2);
      }
    }
    const auto id = bench.acquire(disk).value().evidence_id;
    for (const std::string& pattern : {std::string("\0\0\1\1", 4), std::string("\1\0\0\0\0\0", 6), std::string("\1\1\0\1", 4), std::string(9, '\1')}) {
      SCOPED_TRACE(testing::PrintToString(pattern));
      const auto result = bench.store->find_bytes(pattern, {.most_offsets = 1u << 20}).value();
      EXPECT_EQ(offsets_of(result, id), plain_search(disk, pattern));
    }
  }
}

TEST(Search, FindsAPatternOverTheBorderOfTwoFramesOnTheMachineThatHasIt) {
  StoreBench bench;
  auto disk = test::random_bytes(kDisk, 1);
  const std::string marker = "a marker that lies across the border of two segments";
  put(disk, kSegmentBytes - 20, marker);
  auto sink = bench.begin(disk.size(), "m-7");
  ASSERT_TRUE(test::copy_to(*sink, disk));
  ASSERT_TRUE(sink->finish(test::summary_of(disk)));
  ASSERT_TRUE(bench.acquire(test::random_bytes(kDisk, 2)));
  const auto result = bench.store->find_bytes(marker).value();
  ASSERT_EQ(result.disks.size(), 1u);
  EXPECT_EQ(result.disks[0].disk.machine, "m-7");
  EXPECT_EQ(result.disks[0].offsets_bytes, (std::vector<std::uint64_t>{kSegmentBytes - 20}));
  EXPECT_EQ(result.disks[0].count, 1u);
}

/// The two blocks are stored next to each other for the first disk and lie apart on the second.
TEST(Search, DoesNotFindAcrossBlocksThatOnlyLieTogetherInAFrame) {
  StoreBench bench;
  auto disk = test::random_bytes(kDisk, 1);
  put(disk, 5 * kBlockBytes - 3, "border");
  const auto first = bench.acquire(disk).value().evidence_id;
  auto other = test::random_bytes(kDisk, 2);
  std::copy_n(disk.begin() + 4 * kBlockBytes, kBlockBytes, other.begin() + 9 * kBlockBytes);
  std::copy_n(disk.begin() + 5 * kBlockBytes, kBlockBytes, other.begin() + 20 * kBlockBytes);
  const auto second = bench.acquire(other).value().evidence_id;
  const auto result = bench.store->find_bytes("border").value();
  EXPECT_EQ(offsets_of(result, first), (std::vector<std::uint64_t>{5 * kBlockBytes - 3}));
  EXPECT_TRUE(offsets_of(result, second).empty());
}

TEST(Search, NamesEveryDiskThatSharesABlockAndMarksTheGoldenImage) {
  StoreBench bench;
  auto golden = test::random_bytes(kDisk, 1);
  test::FakeDisk source{.identity = {}, .bytes = golden, .durable = {}};
  source.identity.size_bytes = golden.size();
  test::FakeDiskReader reader(source);
  ASSERT_TRUE(bench.store->import_image(reader, {.name = "ward", .partition_table = "none", .boot_mode = "bios", .partitions = {},
                                                 .created_at = "2026-11-23T11:00:00.000Z", .tool = "test"}, bench.key));
  auto disk = test::random_bytes(kDisk, 2);
  std::copy_n(golden.begin(), kBlockBytes, disk.begin() + 7 * kBlockBytes);
  const auto id = bench.acquire(disk).value().evidence_id;
  const auto result = bench.store->find_block(block_id(std::span(golden).first(kBlockBytes))).value();
  ASSERT_EQ(result.disks.size(), 2u);
  EXPECT_TRUE(result.disks[0].disk.golden);
  EXPECT_EQ(result.disks[0].disk.name, "ward");
  EXPECT_EQ(offsets_of(result, id), (std::vector<std::uint64_t>{7 * kBlockBytes}));
  EXPECT_EQ(bench.store->find_block(zero_block_id()).error().code, hw::Code::kUsage);
}

TEST(Search, GivesUpWhatOccursTooOftenToBeRemembered) {
  StoreBench bench;
  auto disk = test::random_bytes(kDisk, 1);
  for (std::size_t block = 0; block < kDisk / kBlockBytes; ++block) disk[block * kBlockBytes] = std::byte{0};  // the pattern's end
  ASSERT_TRUE(bench.acquire(disk));
  const std::string wide("e\0v\0i\0l\0", 8);
  EXPECT_TRUE(bench.store->find_bytes(wide));
  EXPECT_EQ(bench.store->find_bytes(wide, {.memory_bytes = 1000}).error().code, hw::Code::kSpace);
}

TEST(Search, CountsWhatOnlyABrokenOffAcquisitionLeft) {
  StoreBench bench;
  auto disk = test::random_bytes(kSegmentBytes, 1);
  put(disk, 5000, "left behind");
  {
    auto sink = bench.begin(disk.size());
    ASSERT_TRUE(test::copy_to(*sink, disk));
  }
  bench.reopen();
  const auto result = bench.store->find_bytes("left behind").value();
  EXPECT_TRUE(result.disks.empty());
  EXPECT_EQ(result.unreferenced, 1u);
}

struct FileCase {
  StoreBench bench;
  std::vector<std::byte> file;
  std::vector<std::byte> disk = test::random_bytes(kDisk, 2);
  explicit FileCase(std::size_t bytes) : file(test::random_bytes(bytes, 5)) {}
  void lay(std::size_t file_offset, std::size_t disk_offset, std::size_t bytes) {
    std::copy_n(file.begin() + static_cast<std::ptrdiff_t>(file_offset), bytes, disk.begin() + static_cast<std::ptrdiff_t>(disk_offset));
  }
  FileOnDisk found() {
    EXPECT_TRUE(bench.acquire(disk));
    const auto out = bench.files.open_append("wanted").value();
    EXPECT_TRUE(out->append(file));
    const auto result = bench.store->find_file(wanted_file(*bench.files.open_read("wanted").value()).value()).value();
    EXPECT_EQ(result.sha256, test::sha256_of(file));
    return result.disks.empty() ? FileOnDisk{} : result.disks[0];
  }
};

TEST(Search, FindsAFileInPiecesWithItsLastBlockPadded) {
  FileCase one(5 * kBlockBytes + 100);
  one.lay(0, 10 * kBlockBytes, 3 * kBlockBytes);
  one.lay(3 * kBlockBytes, 300 * kBlockBytes, 2 * kBlockBytes + 100);
  std::fill_n(one.disk.begin() + 302 * kBlockBytes + 100, kBlockBytes - 100, std::byte{0});
  const auto found = one.found();
  EXPECT_TRUE(found.whole);
  EXPECT_EQ(found.tail, FileTail::kZeros);
  ASSERT_EQ(found.pieces.size(), 2u);
  EXPECT_EQ(found.pieces[1].disk_offset_bytes, 300 * kBlockBytes);
  EXPECT_EQ(found.pieces[1].file_offset_bytes, 3 * kBlockBytes);
  EXPECT_EQ(found.pieces[1].length_bytes, 2 * kBlockBytes + 100);
}

TEST(Search, FindsAFilesEndWithOtherBytesBehindIt) {
  FileCase one(2 * kBlockBytes + 100);
  one.lay(0, 10 * kBlockBytes, 2 * kBlockBytes + 100);
  const auto found = one.found();
  EXPECT_TRUE(found.whole);
  EXPECT_EQ(found.tail, FileTail::kOther);
}

TEST(Search, SaysWhenOnlyPartOfAFileIsThere) {
  FileCase one(4 * kBlockBytes + 100);
  one.lay(kBlockBytes, 10 * kBlockBytes, kBlockBytes);
  const auto found = one.found();
  EXPECT_FALSE(found.whole);
  EXPECT_EQ(found.found_blocks, 1u);
  EXPECT_EQ(found.tail, FileTail::kNotFound);
}

}  // namespace
}  // namespace resus::imaging
