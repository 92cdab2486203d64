// A disk out of frames: the right bytes from any thread, and not one that was not compared with its id.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "hw/log.hpp"
#include "imaging/evidence_frames.hpp"
#include "imaging/labs/evidence_disk.hpp"
#include "tests/support/store_bench.hpp"

namespace resus::imaging {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

/// The frames of a store, counted; a block can be spoilt behind the pack's own checksum, or a frame missing.
class SpoiltFrames final : public EvidenceFrames {
 public:
  explicit SpoiltFrames(std::unique_ptr<EvidenceFrames> frames) : frames_(std::move(frames)) {}
  [[nodiscard]] const DiskMap& map() const override { return frames_->map(); }
  [[nodiscard]] Result<std::shared_ptr<const LoadedFrame>> load(const FrameRef& frame) const override {
    ++loads;
    return spoil(frame, frames_->load(frame));
  }
  [[nodiscard]] Result<std::shared_ptr<const LoadedFrame>> load_front(const FrameRef& frame, std::size_t front_bytes) const override {
    ++(front_bytes < kSegmentBytes ? fronts : loads);
    return spoil(frame, frames_->load_front(frame, front_bytes));
  }
  std::optional<BlockPlace> spoilt;
  std::optional<FrameRef> missing;
  mutable std::atomic<int> loads{0}, fronts{0};

 private:
  Result<std::shared_ptr<const LoadedFrame>> spoil(const FrameRef& frame, Result<std::shared_ptr<const LoadedFrame>> loaded) const {
    if (missing && frame == *missing) return hw::fail(hw::Code::kEvidenceDamaged, "gone");
    RESUS_TRY(const auto good, std::move(loaded));
    auto copy = std::make_shared<LoadedFrame>();
    copy->frame = frame;
    copy->ids = good->ids;
    copy->raw_bytes = good->raw_bytes;
    copy->raw = frame_memory(good->raw_bytes);
    std::copy_n(good->raw.get(), good->raw_bytes, copy->raw.get());
    if (spoilt && spoilt->frame == frame && copy->raw_bytes > spoilt->index * kBlockBytes) copy->raw[spoilt->index * kBlockBytes + 17] ^= std::byte{4};
    return copy;
  }
  std::unique_ptr<EvidenceFrames> frames_;
};

class EvidenceDiskTest : public testing::Test {
 protected:
  EvidenceDiskTest() { hw::set_log_sink([this](hw::LogLevel, std::string_view, std::string_view line) { lines_.emplace_back(line); }); }
  ~EvidenceDiskTest() override { hw::set_log_sink({}); }

  std::vector<std::byte> read(EvidenceDisk& disk, std::uint64_t offset, std::size_t length, hw::Reading how = hw::Reading::kInOrder) {
    std::vector<std::byte> bytes(length);
    EXPECT_TRUE(disk.read(offset, bytes, how)) << offset;
    return bytes;
  }
  std::vector<std::byte> part(std::uint64_t offset, std::size_t length) const {
    const auto begin = content_.begin() + static_cast<std::ptrdiff_t>(offset);
    return {begin, begin + static_cast<std::ptrdiff_t>(length)};
  }

  /// The run that holds this byte, and the block's number in it.
  std::pair<const imaging::Run*, std::uint64_t> run_of(std::uint64_t offset) const {
    auto block = offset / kBlockBytes;
    for (const auto& run : frames_.map().runs()) {
      if (block < run.blocks) return {&run, block};
      block -= run.blocks;
    }
    return {};
  }
  bool is_data(std::uint64_t offset) const { return run_of(offset).first->kind == RunKind::kData; }
  BlockPlace place_of(std::uint64_t offset) const {
    const auto [run, block] = run_of(offset);
    return {run->place.frame, run->place.index + static_cast<std::uint32_t>(block)};
  }
  /// Reads every block; the others must be right.
  std::vector<std::uint64_t> unreadable_blocks(EvidenceDisk& disk) {
    std::vector<std::uint64_t> failed;
    std::vector<std::byte> block(kBlockBytes);
    for (std::uint64_t at = 0; at + kBlockBytes <= content_.size(); at += kBlockBytes) {
      if (!disk.read(at, block, hw::Reading::kInOrder)) failed.push_back(at);
      else EXPECT_EQ(block, part(at, kBlockBytes)) << at;
    }
    return failed;
  }

  test::StoreBench bench_;
  const std::vector<std::byte> content_ = test::mixed_disk(9 * kSegmentBytes + 1536, 11);
  const std::string id_ = bench_.acquire(content_).value().evidence_id;
  SpoiltFrames frames_{bench_.store->open_frames(id_).value()};
  std::vector<std::string> lines_;
};

TEST_F(EvidenceDiskTest, GivesTheDisksBytesAnywhereWithLittleMemory) {
  EvidenceDisk disk(frames_, 2 * kSegmentBytes);
  const auto seed = std::random_device{}();
  std::mt19937_64 random(seed);
  for (int i = 0; i < 500; ++i) {
    const auto offset = random() % content_.size();
    const auto length = std::min<std::size_t>(1 + random() % 150'000, content_.size() - offset);
    ASSERT_EQ(read(disk, offset, length), part(offset, length)) << "seed " << seed << ": " << length << " at " << offset;
  }
  std::vector<std::byte> two(2);
  EXPECT_EQ(disk.read(content_.size() - 1, two, hw::Reading::kAlone).error().code, hw::Code::kUsage);
}

TEST_F(EvidenceDiskTest, ServesManyThreadsAndReadsAhead) {
  EvidenceDisk disk(frames_, 3 * kSegmentBytes);
  disk.start(2);
  std::vector<std::jthread> threads;
  std::atomic<int> wrong{0};
  for (std::size_t thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      for (std::size_t offset = thread * 4096; offset + 65'536 <= content_.size(); offset += 65'536) {
        std::vector<std::byte> bytes(65'536);
        if (!disk.read(offset, bytes, hw::Reading::kInOrder) || bytes != part(offset, bytes.size())) ++wrong;
      }
    });
  }
  threads.clear();
  EXPECT_EQ(wrong, 0);
}

TEST_F(EvidenceDiskTest, UnpacksAFrameOnceWhileItIsRemembered) {
  EvidenceDisk disk(frames_, 64 * kSegmentBytes);
  for (int round = 0; round < 3; ++round) EXPECT_EQ(read(disk, 0, content_.size()), content_);
  std::set<FrameRef> used;
  for (const auto& run : frames_.map().runs()) {
    if (run.kind == RunKind::kData) used.insert(run.place.frame);
  }
  EXPECT_EQ(frames_.loads, static_cast<int>(used.size()));
}

TEST_F(EvidenceDiskTest, UnpacksNoMoreThanASingleReadNeedsUntilItIsReadAgain) {
  EvidenceDisk disk(frames_, 64 * kSegmentBytes);
  constexpr auto kAlone = hw::Reading::kAlone;
  constexpr std::uint64_t kFirst = 12 * kBlockBytes + 17, kLater = 200 * kBlockBytes;
  ASSERT_TRUE(is_data(kFirst) && is_data(kLater) && place_of(kFirst).frame == place_of(kLater).frame);
  EXPECT_EQ(read(disk, kFirst, 100, kAlone), part(kFirst, 100));
  EXPECT_EQ(frames_.fronts, 1);
  EXPECT_EQ(frames_.loads, 0);
  EXPECT_EQ(read(disk, kFirst + 1000, 100, kAlone), part(kFirst + 1000, 100)) << "what was unpacked is still there";
  EXPECT_EQ(frames_.loads, 0);
  EXPECT_EQ(read(disk, kLater, 4096, kAlone), part(kLater, 4096));
  EXPECT_EQ(frames_.fronts, 1) << "a frame that is wanted again is unpacked in whole";
  EXPECT_EQ(frames_.loads, 1);
}

TEST_F(EvidenceDiskTest, TellsWhereDataLies) {
  const auto disk = std::make_shared<EvidenceDisk>(frames_, 64 * kSegmentBytes);
  const auto holds = [](const std::vector<hw::FilePlace>& places, std::uint64_t offset) {
    return std::ranges::any_of(places, [&](const hw::FilePlace& place) { return place.offset_bytes <= offset && offset < place.offset_bytes + place.length_bytes; });
  };
  constexpr std::uint64_t kBegin = 5 * kBlockBytes + 512, kLength = 3 * kSegmentBytes + 100;
  FilePart file(disk, kBegin, kLength);
  const auto whole = disk->costly_places(), some = file.costly_places();
  for (std::uint64_t at = 0; at < content_.size(); at += 512) {
    EXPECT_EQ(holds(whole, at), is_data(at)) << at;
    if (at >= kBegin && at < kBegin + kLength) {
      EXPECT_EQ(holds(some, at - kBegin), is_data(at)) << at;
    }
  }
  EXPECT_LE(some.back().offset_bytes + some.back().length_bytes, kLength);
}

TEST_F(EvidenceDiskTest, FailsAtADamagedBlockAndNowhereElse) {
  constexpr std::uint64_t kSpoilt = 8 * kSegmentBytes + 5 * kBlockBytes;
  frames_.spoilt = place_of(kSpoilt);
  EvidenceDisk disk(frames_, 4 * kSegmentBytes);
  disk.start(1);
  for (int round = 0; round < 2; ++round) EXPECT_THAT(unreadable_blocks(disk), ElementsAre(kSpoilt));
  EXPECT_THAT(lines_, ElementsAre(HasSubstr("byte " + std::to_string(kSpoilt) + " fails: E-EVID-02")));
}

TEST_F(EvidenceDiskTest, FindsADamagedBlockInABeginningToo) {
  constexpr std::uint64_t kSpoilt = 8 * kSegmentBytes + 5 * kBlockBytes;
  frames_.spoilt = place_of(kSpoilt);
  EvidenceDisk disk(frames_, 4 * kSegmentBytes);
  std::byte byte{};
  EXPECT_FALSE(disk.read(kSpoilt + 100, {&byte, 1}, hw::Reading::kAlone));
  EXPECT_EQ(frames_.fronts, 1);
  EXPECT_TRUE(disk.read(kSpoilt - kBlockBytes, {&byte, 1}, hw::Reading::kAlone));
}

TEST_F(EvidenceDiskTest, ListsDamageInAFileThatGrows) {
  const auto text_of = [](hw::ServedFile& file) {
    std::string text(file.size_bytes(), '\0');
    EXPECT_TRUE(file.read(0, std::as_writable_bytes(std::span(text)), hw::Reading::kInOrder));
    return text;
  };
  DamageList list;
  const auto before = text_of(list);
  const auto error = hw::make_error(hw::Code::kEvidenceDamaged, "gone");
  list.add(8 * kBlockBytes, error);
  list.add(3 * kBlockBytes, error);
  list.add(8 * kBlockBytes + 512, error);  // the same block
  const auto after = text_of(list);
  EXPECT_TRUE(list.grows());
  EXPECT_TRUE(after.starts_with(before)) << after;
  EXPECT_THAT(after.substr(before.size()), testing::MatchesRegex("[^\n]*byte 32768 fails: E-EVID-02[^\n]*\n[^\n]*byte 12288 fails: E-EVID-02[^\n]*\n"));
  std::byte one;
  EXPECT_EQ(list.read(after.size(), {&one, 1}, hw::Reading::kAlone).error().code, hw::Code::kUsage);
}

TEST_F(EvidenceDiskTest, ListsNoMoreDamageThanAPersonReads) {
  hw::set_log_sink([](hw::LogLevel, std::string_view, std::string_view) {});
  DamageList list;
  const auto error = hw::make_error(hw::Code::kEvidenceDamaged, "gone");
  for (std::uint64_t block = 0; block < 10'000; ++block) list.add(block * kBlockBytes, error);
  const auto full = list.size_bytes();
  list.add(10'000 * kBlockBytes, error);
  EXPECT_EQ(list.size_bytes(), full);
}

TEST_F(EvidenceDiskTest, LosesNoMoreThanAFrameThatIsGone) {
  frames_.missing = place_of(8 * kSegmentBytes).frame;
  EvidenceDisk disk(frames_, 4 * kSegmentBytes);
  std::vector<std::uint64_t> expected;
  for (std::uint64_t at = 0; at + kBlockBytes <= content_.size(); at += kBlockBytes) {
    if (is_data(at) && place_of(at).frame == frames_.missing) expected.push_back(at);
  }
  EXPECT_THAT(expected, Not(testing::IsEmpty()));
  EXPECT_EQ(unreadable_blocks(disk), expected);
}

}  // namespace
}  // namespace resus::imaging
