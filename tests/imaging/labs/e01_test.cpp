// The E01 writer against a reader of its own. What the labs' tools say of its files: tests/cli/test_e01.py.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "imaging/labs/e01_pipeline.hpp"
#include "imaging/labs/side_file.hpp"
#include "tests/support/disk_content.hpp"
#include "tests/support/e01_reader.hpp"

namespace resus::imaging {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// Segments in memory; can run out of room.
class MemorySegments final : public E01Output {
 public:
  std::vector<std::string> segments;
  std::size_t room = SIZE_MAX;
  Result<void> begin_segment(std::uint32_t number) override {
    EXPECT_EQ(number, segments.size() + 1);
    EXPECT_FALSE(open_);
    open_ = true;
    segments.emplace_back();
    return hw::success();
  }
  Result<void> write(std::string_view bytes) override {
    if (bytes.size() > room) return hw::fail(hw::Code::kSpace, "full");
    room -= bytes.size();
    segments.back() += bytes;
    return hw::success();
  }
  Result<void> end_segment() override {
    open_ = false;
    return hw::success();
  }

 private:
  bool open_ = false;
};

struct Written {
  Result<e01::Hashes> hashes = hw::fail(hw::Code::kInternal, "");
  MemorySegments out;
};

Written write_e01(std::span<const std::byte> disk, E01Encoder::Setup setup, std::span<const UnreadableRange> unreadable = {},
                  std::size_t room = SIZE_MAX) {
  Written written;
  written.out.room = room;
  setup.geometry = e01::geometry_of(disk.size(), setup.geometry.sector_bytes).value();
  E01Pipeline pipeline(setup, written.out, 2);
  // In pieces that fit no chunk, with the zeros of the second segment as a hole.
  for (std::size_t at = 0; at < disk.size();) {
    if (at == kSegmentBytes && disk.size() >= 2 * kSegmentBytes) {
      EXPECT_TRUE(is_zero(disk.subspan(at, kSegmentBytes)));
      if (auto done = pipeline.zeros(kSegmentBytes); !done) return written.hashes = done.error(), std::move(written);
      at += kSegmentBytes;
      continue;
    }
    auto piece = std::min<std::size_t>(70'000, disk.size() - at);
    if (at < kSegmentBytes) piece = std::min(piece, kSegmentBytes - at);
    if (auto done = pipeline.write(disk.subspan(at, piece)); !done) return written.hashes = done.error(), std::move(written);
    at += piece;
  }
  written.hashes = pipeline.finish(unreadable);
  return written;
}

std::string text_of(std::span<const std::byte> bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

std::string hash_of(const EVP_MD* algorithm, std::span<const std::byte> bytes) {
  std::string out(static_cast<std::size_t>(EVP_MD_get_size(algorithm)), '\0');
  EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(out.data()), nullptr, algorithm, nullptr);
  return out;
}

TEST(E01, GivesBackTheDiskWithItsHashes) {
  const auto disk = test::mixed_disk(5 * kSegmentBytes + 33 * 512, 1);
  for (const auto how : {e01::Compression::kNone, e01::Compression::kFast, e01::Compression::kBest}) {
    E01Encoder::Setup setup;
    setup.data.compression = how;
    const auto written = write_e01(disk, setup);
    ASSERT_TRUE(written.hashes) << written.hashes.error().to_string();
    const auto read = test::E01Reader::read(written.out.segments);
    EXPECT_TRUE(read.media == text_of(disk)) << static_cast<int>(how);
    EXPECT_EQ(read.md5, hash_of(EVP_md5(), disk));
    EXPECT_EQ(read.sha1, hash_of(EVP_sha1(), disk));
    EXPECT_EQ(read.compressed_chunks > 0, how != e01::Compression::kNone);
    EXPECT_THAT(read.sections[0], ElementsAre("header2", "header2", "header", "volume", "sectors", "table", "table2", "data", "digest", "hash", "done"));
  }
}

TEST(E01, PartsItselfIntoSegmentsOfTheLengthAskedFor) {
  const auto disk = test::mixed_disk(9 * kSegmentBytes, 2);
  E01Encoder::Setup setup{.geometry = {}, .data = {}, .segment_bytes = 1 << 20};
  const auto written = write_e01(disk, setup);
  EXPECT_GT(written.out.segments.size(), 5u);
  for (const auto& segment : written.out.segments) EXPECT_LE(segment.size(), setup.segment_bytes);
  const auto read = test::E01Reader::read(written.out.segments);
  EXPECT_TRUE(read.media == text_of(disk));
  EXPECT_THAT(read.sections[1], ElementsAre("data", "sectors", "table", "table2", "next"));
}

TEST(E01, BeginsAnotherTableWhenOneIsFull) {
  constexpr std::uint64_t kBytes = (e01::kMaxTableEntries + 20) * 32 * 1024;
  MemorySegments out;
  E01Encoder::Setup setup;
  setup.geometry = e01::geometry_of(kBytes, 512).value();
  E01Pipeline pipeline(setup, out, 2);
  ASSERT_TRUE(pipeline.zeros(kBytes));
  ASSERT_TRUE(pipeline.finish({}));
  const auto read = test::E01Reader::read(out.segments);
  EXPECT_EQ(std::ranges::count(read.sections[0], "table"), 2);
  EXPECT_TRUE(read.media.size() == kBytes && is_zero(std::as_bytes(std::span(read.media))));
  EXPECT_EQ(read.md5, hash_of(EVP_md5(), std::as_bytes(std::span(read.media))));
  EXPECT_LT(out.segments[0].size(), 3u << 20);
}

TEST(E01, ListsUnreadableSectorsWhereTheyFit) {
  const auto disk = test::mixed_disk(kSegmentBytes, 3);
  const std::vector<UnreadableRange> ranges{{0, 512, ReadCause::kMedium}, {512, 1024, ReadCause::kTimeout}, {8192, 4096, ReadCause::kMedium},
                                            {std::uint64_t{1} << 42, 512, ReadCause::kMedium}};
  const auto read = test::E01Reader::read(write_e01(disk, {}, ranges).out.segments);
  EXPECT_THAT(read.unreadable, ElementsAre(std::pair(0u, 3u), std::pair(16u, 8u)));
}

TEST(E01, KeepsTheDisksSectorSize) {
  const auto disk = test::mixed_disk(kSegmentBytes + 4096, 4);
  E01Encoder::Setup setup{.geometry = {.disk_bytes = 0, .sector_bytes = 4096}};
  const auto read = test::E01Reader::read(write_e01(disk, setup).out.segments);
  EXPECT_EQ(read.sector_bytes, 4096u);
  EXPECT_EQ(read.chunk_sectors, 8u);
  EXPECT_TRUE(read.media == text_of(disk));
}

TEST(E01, EndsWithTheOutputsErrorWhereverItComes) {
  const auto disk = test::mixed_disk(6 * kSegmentBytes, 5);
  const auto whole = write_e01(disk, {}).out.segments[0].size();
  for (std::size_t room = 0; room < whole; room += whole / 7) {
    const auto written = write_e01(disk, {}, {}, room);
    ASSERT_FALSE(written.hashes) << room;
    EXPECT_EQ(written.hashes.error().code, hw::Code::kSpace);
  }
}

TEST(E01, DoesNotCallAnUnfinishedDiskWhole) {
  MemorySegments out;
  E01Encoder::Setup setup;
  setup.geometry = e01::geometry_of(3 * kSegmentBytes, 512).value();
  E01Pipeline pipeline(setup, out, 1);
  ASSERT_TRUE(pipeline.zeros(2 * kSegmentBytes));
  EXPECT_EQ(pipeline.finish({}).error().code, hw::Code::kInternal);
}

TEST(E01, CanBeDroppedHalfway) {
  MemorySegments out;
  E01Encoder::Setup setup;
  setup.geometry = e01::geometry_of(64 * kSegmentBytes, 512).value();
  E01Pipeline pipeline(setup, out, 2);
  ASSERT_TRUE(pipeline.write(test::random_bytes(10 * kSegmentBytes, 6)));
}

TEST(E01, TakesLargerChunksForDisksThatReadersCannotCountOtherwise) {
  constexpr std::uint64_t kTiB = std::uint64_t{1} << 40;
  EXPECT_EQ(e01::geometry_of(4 * kTiB - 32768, 512).value().chunk_bytes(), 32u * 1024);
  EXPECT_EQ(e01::geometry_of(4 * kTiB, 512).value().chunk_bytes(), 64u * 1024);
  EXPECT_EQ(e01::geometry_of(6 * kTiB, 4096).value().chunk_sectors, 16u);
  EXPECT_EQ(e01::geometry_of(20 * kTiB, 512).value().chunk_bytes(), 256u * 1024);
  EXPECT_EQ(e01::geometry_of(100 * kTiB, 512).value().chunk_bytes(), 256u * 1024);
  EXPECT_EQ(e01::geometry_of(kTiB + 512, 4096).value().sector_bytes, 512u);
  EXPECT_EQ(e01::geometry_of(1000, 512).error().code, hw::Code::kUsage);
  EXPECT_EQ(e01::geometry_of(0, 512).error().code, hw::Code::kUsage);
}

/// Counts what a set far larger than any test would be made of.
class CountingSegments final : public E01Output {
 public:
  std::uint32_t segments = 0;
  std::uint64_t bytes = 0, longest = 0;
  std::string first;  ///< the first segment's beginning
  Result<void> begin_segment(std::uint32_t number) override {
    segments = number;
    bytes = 0;
    return hw::success();
  }
  Result<void> write(std::string_view more) override {
    if (segments == 1 && first.size() < 8192) first += more.substr(0, 8192);
    bytes += more.size();
    longest = std::max(longest, bytes);
    return hw::success();
  }
  Result<void> end_segment() override { return hw::success(); }
};

TEST(E01, CountsADiskOfMoreThanFourTebibytesToItsEnd) {
  CountingSegments out;
  E01Encoder::Setup setup;
  setup.geometry = e01::geometry_of((std::uint64_t{4} << 40) + 512, 512).value();
  setup.segment_bytes = 1'000'000'000;
  std::string zero_chunk;
  ASSERT_TRUE(ChunkCompressor(e01::Compression::kFast).append(std::vector<std::byte>(setup.geometry.chunk_bytes()), zero_chunk));
  E01Encoder encoder(setup, out);
  for (std::uint64_t i = 0; i < setup.geometry.chunks(); ++i) ASSERT_TRUE(encoder.add({zero_chunk, true}));
  ASSERT_TRUE(encoder.finish({std::string(32, '0'), std::string(40, '0')}, {}));
  EXPECT_EQ(setup.geometry.chunks(), (std::uint64_t{1} << 26) + 1);
  EXPECT_LE(out.longest, setup.segment_bytes);
  const auto volume = e01::volume_payload(setup.geometry, setup.data);
  std::uint64_t sectors = 0;
  std::memcpy(&sectors, volume.data() + 16, sizeof sectors);
  EXPECT_EQ(sectors, (std::uint64_t{1} << 33) + 1);
  EXPECT_THAT(out.first, HasSubstr(volume));
}

TEST(E01, NamesItsSegmentsAsEnCaseDoes) {
  EXPECT_EQ(e01::extension_of(1), ".E01");
  EXPECT_EQ(e01::extension_of(99), ".E99");
  EXPECT_EQ(e01::extension_of(100), ".EAA");
  EXPECT_EQ(e01::extension_of(100 + 26), ".EBA");
  EXPECT_EQ(e01::extension_of(100 + 26 * 26), ".FAA");
  EXPECT_EQ(e01::extension_of(e01::kMaxSegments), ".ZZZ");
}

TEST(E01, RefusesSegmentsThatCouldBecomeTooMany) {
  E01Encoder::Setup setup;
  setup.geometry = e01::geometry_of(std::uint64_t{2} << 40, 512).value();
  EXPECT_TRUE(E01Encoder::check(setup));
  setup.segment_bytes = 2 << 20;
  EXPECT_EQ(E01Encoder::check(setup).error().code, hw::Code::kUsage);
  setup.segment_bytes = 1000;
  EXPECT_EQ(E01Encoder::check(setup).error().code, hw::Code::kUsage);
}

TEST(E01, CarriesCaseDataThatCannotBreakItsFields) {
  Record record;
  record.sha256 = sha256({});
  record.device_json = R"({"model":"ST500","serial":"W1\tX","logical_sector_bytes":4096,"removable":true})";
  record.copied_at = "2026-11-23T10:58:03.120Z";
  e01::CaseData given;
  given.examiner = "J\xc3\xb8rn \xf0\x9f\x94\x8d";
  given.notes = "two\nlines";
  const auto data = case_from_record(given, "ev-1", record);
  EXPECT_EQ(sector_bytes_of(record), 4096u);
  EXPECT_TRUE(data.removable);
  E01Encoder::Setup setup{.geometry = {}, .data = data};
  const auto read = test::E01Reader::read(write_e01(test::mixed_disk(8192, 7), setup).out.segments);
  EXPECT_THAT(read.header, HasSubstr("J?rn ?\ttwo lines; ev-1, SHA-256 e3b0c442"));
  EXPECT_THAT(read.header, HasSubstr("2026 11 23 10 58 3"));
  EXPECT_EQ(read.header2.substr(0, 2), "\xff\xfe");
  EXPECT_THAT(read.header2, HasSubstr(std::string("J\0\xf8\0r\0n\0 \0\x3d\xd8\x0d\xdd\t\0", 16)));
  EXPECT_THAT(read.header2, HasSubstr(std::string("W\0001\0 \0X\0", 8)));
}

}  // namespace
}  // namespace resus::imaging
