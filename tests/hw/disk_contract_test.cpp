// What hw/block_device.hpp promises, demanded from the disk in memory, image files with and without
// O_DIRECT, both engines, and a loop device.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <optional>
#include <set>

#include "hw/linux/disk_access.hpp"
#include "tests/support/fake_disk.hpp"
#include "tests/support/loop_device.hpp"
#include "tests/support/temporary_directory.hpp"

namespace resus::hw {
namespace {

constexpr std::uint64_t kDiskBytes = 8 << 20;

std::byte pattern(std::uint64_t offset) {
  return static_cast<std::byte>((offset * 2654435761u >> 13) ^ (offset >> 20));
}

void make_image(const std::string& path, std::uint64_t size) {
  std::string content(size, '\0');
  for (std::uint64_t i = 0; i < size; ++i) content[i] = static_cast<char>(pattern(i));
  std::ofstream(path, std::ios::binary) << content;
}

/// One kind of disk filled with the pattern.
struct Bench {
  virtual ~Bench() = default;
  virtual DiskAccess& access() = 0;
  virtual std::string path() = 0;
};

struct FakeBench : Bench {
  test::FakeDiskAccess fake;
  explicit FakeBench(test::Completion completion) {
    auto& disk = fake.add(kDiskBytes);
    disk.completion = completion;
    for (std::uint64_t i = 0; i < kDiskBytes; ++i) disk.bytes[i] = pattern(i);
  }
  DiskAccess& access() override { return fake; }
  std::string path() override { return "/dev/fake0"; }
};

struct FileBench : Bench {
  std::string directory;
  std::string image;
  LinuxDiskAccess disks;
  FileBench(const std::string& parent, IoEngine engine, std::uint64_t size = kDiskBytes)
      : directory(parent + "/resus-XXXXXX"), disks(engine) {
    if (::mkdtemp(directory.data()) == nullptr) std::abort();
    image = directory + "/disk.img";
    make_image(image, size);
  }
  ~FileBench() override { std::filesystem::remove_all(directory); }
  DiskAccess& access() override { return disks; }
  std::string path() override { return image; }
};

struct LoopBench : FileBench {
  std::optional<test::LoopDevice> loop;
  explicit LoopBench(IoEngine engine)
      : FileBench(std::filesystem::temp_directory_path(), engine), loop(test::LoopDevice::attach(image)) {}
  ~LoopBench() override { loop.reset(); }
  std::string path() override { return loop ? loop->path() : ""; }
};

std::unique_ptr<Bench> make_bench(const std::string& kind) {
  const std::string temporary = std::filesystem::temp_directory_path();
  if (kind == "FakeFirstIn") return std::make_unique<FakeBench>(test::Completion::kFirstIn);
  if (kind == "FakeLastIn") return std::make_unique<FakeBench>(test::Completion::kLastIn);
  if (kind == "File") return std::make_unique<FileBench>(temporary, IoEngine::kFastest);
  if (kind == "FileInOrder") return std::make_unique<FileBench>(temporary, IoEngine::kInOrder);
  if (kind == "Tmpfs") return std::make_unique<FileBench>("/dev/shm", IoEngine::kFastest);
  if (kind == "OddFile") return std::make_unique<FileBench>(temporary, IoEngine::kFastest, kDiskBytes - 1001);
  if (kind == "LoopInOrder") return std::make_unique<LoopBench>(IoEngine::kInOrder);
  return std::make_unique<LoopBench>(IoEngine::kFastest);
}

class DiskContract : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    bench_ = make_bench(GetParam());
    if (bench_->path().empty()) GTEST_SKIP() << "no loop device to be had";
  }
  DiskAccess& access() { return bench_->access(); }
  std::string path() { return bench_->path(); }
  std::uint64_t size() { return access().identify(path()).value().size_bytes; }

  /// Reads the whole disk with as many requests in flight as the reader takes.
  std::vector<std::byte> read_whole(std::size_t piece) {
    auto reader = access().open_reader(path()).value();
    std::vector<std::byte> content(reader->identity().size_bytes);
    std::map<std::uint64_t, IoBuffer> flying;
    std::uint64_t next = 0;
    while (next < content.size() || !flying.empty()) {
      while (next < content.size() && flying.size() < reader->depth()) {
        IoBuffer buffer(std::min<std::uint64_t>(piece, content.size() - next));
        EXPECT_TRUE(reader->submit(next, next, buffer.bytes()));
        flying.emplace(next, std::move(buffer));
        next += piece;
      }
      const ReadDone done = reader->wait().value();
      EXPECT_EQ(done.status, ReadStatus::kOk);
      std::ranges::copy(flying.at(done.tag).bytes(), content.begin() + static_cast<std::ptrdiff_t>(done.tag));
      flying.erase(done.tag);
    }
    return content;
  }

  std::unique_ptr<Bench> bench_;
};

INSTANTIATE_TEST_SUITE_P(Kinds, DiskContract,
                         testing::Values("FakeFirstIn", "FakeLastIn", "File", "FileInOrder", "Tmpfs", "OddFile",
                                         "Loop", "LoopInOrder"),
                         [](const auto& kind) { return std::string(kind.param); });

TEST_P(DiskContract, ReadsEveryByteWithAFullQueue) {
  const auto content = read_whole(1 << 20);
  ASSERT_EQ(content.size(), size());
  for (std::uint64_t i = 0; i < content.size(); ++i) ASSERT_EQ(content[i], pattern(i)) << "byte " << i;
}

TEST_P(DiskContract, ReadsSingleSectorsIntoTheMiddleOfABuffer) {
  auto reader = access().open_reader(path()).value();
  IoBuffer buffer(4096);
  const auto part = buffer.bytes().subspan(512, 512);
  ASSERT_TRUE(reader->submit(1, 1024, part));
  EXPECT_EQ(reader->wait().value().status, ReadStatus::kOk);
  for (std::size_t i = 0; i < 512; ++i) ASSERT_EQ(part[i], pattern(1024 + i));
}

TEST_P(DiskContract, RefusesToLeaveTheDisk) {
  auto reader = access().open_reader(path()).value();
  auto writer = access().open_writer(path()).value();
  IoBuffer buffer(4096);
  EXPECT_EQ(reader->submit(1, size() + 4096, buffer.bytes()).error().code, Code::kRead);
  EXPECT_EQ(writer->submit(1, size() - 512, buffer.bytes()).error().code, Code::kWrite);
  EXPECT_FALSE(writer->zero(size() - 512, 4096));
  EXPECT_FALSE(writer->read_back(size(), buffer.bytes()));
}

TEST_P(DiskContract, GivesBackWhatWasWrittenAndLeavesTheRest) {
  {
    auto writer = access().open_writer(path()).value();
    IoBuffer data(64 << 10);
    std::ranges::fill(data.bytes(), std::byte{0x5A});
    std::set<std::uint64_t> tags;
    for (std::uint64_t tag = 0; tag < writer->depth(); ++tag) {
      ASSERT_TRUE(writer->submit(tag, (2 * tag + 1) << 16, data.bytes()));
      tags.insert(tag);
    }
    while (!tags.empty()) tags.erase(writer->wait().value());
    ASSERT_TRUE(writer->sync());
    IoBuffer back(64 << 10);
    ASSERT_TRUE(writer->read_back(3 << 16, back.bytes()));
    EXPECT_TRUE(std::ranges::equal(back.bytes(), data.bytes()));
  }
  const auto content = read_whole(1 << 20);
  for (std::uint64_t i = 0; i < content.size(); ++i) {
    const bool written = i >> 16 < 16 && (i >> 16) % 2 == 1;
    ASSERT_EQ(content[i], written ? std::byte{0x5A} : pattern(i)) << "byte " << i;
  }
}

TEST_P(DiskContract, WritesTheLastByteOfTheDisk) {
  const std::uint64_t end = size();
  const std::uint64_t start = (end - 1) / 4096 * 4096;
  auto writer = access().open_writer(path()).value();
  IoBuffer data(end - start);
  std::ranges::fill(data.bytes(), std::byte{0xA5});
  ASSERT_TRUE(writer->submit(7, start, data.bytes()));
  EXPECT_EQ(writer->wait().value(), 7u);
  ASSERT_TRUE(writer->sync());
  IoBuffer back(end - start);
  ASSERT_TRUE(writer->read_back(start, back.bytes()));
  EXPECT_TRUE(std::ranges::equal(back.bytes(), data.bytes()));
  EXPECT_EQ(size(), end);
}

TEST_P(DiskContract, MakesARangeReadAsZerosAndNothingElse) {
  {
    auto writer = access().open_writer(path()).value();
    ASSERT_TRUE(writer->zero(12288, 1 << 20));
    ASSERT_TRUE(writer->sync());
    IoBuffer back(4096);
    ASSERT_TRUE(writer->read_back(12288, back.bytes()));
    EXPECT_TRUE(std::ranges::all_of(back.bytes(), [](auto b) { return b == std::byte{0}; }));
  }
  const auto content = read_whole(256 << 10);
  for (std::uint64_t i = 0; i < content.size(); ++i) {
    const bool zeroed = i >= 12288 && i < 12288 + (1 << 20);
    ASSERT_EQ(content[i], zeroed ? std::byte{0} : pattern(i)) << "byte " << i;
  }
}

TEST_P(DiskContract, IdentifiesItselfTheSameEverywhere) {
  const DiskIdentity identity = access().identify(path()).value();
  EXPECT_FALSE(identity.serial.empty());
  EXPECT_EQ(identity.path, path());
  const DiskIdentity opened = access().open_reader(path()).value()->identity();
  EXPECT_EQ(opened.serial, identity.serial);
  EXPECT_EQ(opened.size_bytes, identity.size_bytes);
}

TEST_P(DiskContract, SaysNotFoundForADiskThatIsNotThere) {
  EXPECT_EQ(access().identify("/dev/no-such-disk").error().code, Code::kNotFound);
  EXPECT_EQ(access().open_reader("/dev/no-such-disk").error().code, Code::kNotFound);
  EXPECT_EQ(access().open_writer("/dev/no-such-disk").error().code, Code::kNotFound);
}

TEST_P(DiskContract, CanBeWrittenAgainAfterAWriteBlock) {
  ASSERT_TRUE(access().write_block(path()));
  const auto before = access().sectors_written(path()).value();
  EXPECT_TRUE(access().open_reader(path()));
  EXPECT_EQ(access().sectors_written(path()).value(), before);
  auto writer = access().open_writer(path()).value();
  IoBuffer data(4096);
  ASSERT_TRUE(writer->submit(1, 0, data.bytes()));
  EXPECT_TRUE(writer->wait());
}

}  // namespace
}  // namespace resus::hw
