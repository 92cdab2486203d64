#include "web/analysis/work_folder.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "hw/linux/file_system.hpp"
#include "imaging/disk_map.hpp"
#include "tests/support/disk_content.hpp"
#include "tests/support/temporary_directory.hpp"

namespace resus::analysis {
namespace {

namespace fs = std::filesystem;

/// A disk in memory.
class MemoryDisk final : public imaging::EvidenceReader {
 public:
  explicit MemoryDisk(std::vector<std::byte> bytes) : bytes_(std::move(bytes)), map_(bytes_.size()) {}
  [[nodiscard]] const imaging::DiskMap& map() const override { return map_; }
  Result<void> read(std::uint64_t, std::span<std::byte>) override { return hw::success(); }
  Result<void> export_range(imaging::ByteRange range, imaging::RawSink& sink) override {
    return sink.write(std::span(bytes_).subspan(range.offset_bytes, range.length_bytes));
  }

 private:
  std::vector<std::byte> bytes_;
  imaging::DiskMap map_;
};

/// The real file system with as much free space as is said.
struct Files : hw::LinuxFileSystem {
  std::uint64_t free_bytes = 10ull << 30;
  hw::Result<hw::Space> space(const std::string&) override { return hw::Space{.total_bytes = 20ull << 30, .free_bytes = free_bytes}; }
};

struct Case {
  test::TemporaryDirectory directory;
  Files files;
  std::unique_ptr<WorkFolder> folder = WorkFolder::make(files, {.parent = directory.path(), .leave_free_bytes = 1ull << 30}).value();
  std::uint64_t told = 0;
  Result<void> write(const std::string& disk) {
    MemoryDisk source(test::mixed_disk(3 << 20, 4));
    return folder->write_part(source, {4096, 1 << 20}, folder->file(disk, "image.raw"), {}, [this](std::uint64_t bytes) { told += bytes; });
  }
  mode_t mode(const std::string& path) {
    struct stat facts {};
    EXPECT_EQ(::stat(path.c_str(), &facts), 0) << path;
    return facts.st_mode & 0777;
  }
};

TEST(WorkFolder, IsClosedToOthersAndOpenInside) {
  Case one;
  ASSERT_TRUE(one.folder->renew("evidence"));
  ASSERT_TRUE(one.write("evidence"));
  const auto inner = one.folder->confinement("evidence").folder;
  EXPECT_EQ(one.mode(fs::path(inner).parent_path()), 0700u);
  EXPECT_EQ(one.mode(inner), 0777u) << "as root the tool is somebody else";
  EXPECT_EQ(one.mode(one.folder->file("evidence", "image.raw")), 0444u);
}

TEST(WorkFolder, WritesThePartItWasAskedForAndTellsHowMuch) {
  Case one;
  ASSERT_TRUE(one.folder->renew("golden"));
  ASSERT_TRUE(one.write("golden"));
  std::ifstream file(one.folder->file("golden", "image.raw"), std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  const auto disk = test::mixed_disk(3 << 20, 4);
  EXPECT_EQ(bytes, std::string(reinterpret_cast<const char*>(disk.data()) + 4096, 1 << 20));
  EXPECT_EQ(one.told, 1u << 20);
}

TEST(WorkFolder, LeavesTheSpaceThatMustStayFree) {
  Case one;
  one.files.free_bytes = (1ull << 30) + 1000;
  ASSERT_TRUE(one.folder->renew("evidence"));
  EXPECT_EQ(one.write("evidence").error().code, hw::Code::kSpace);
  EXPECT_FALSE(fs::exists(one.folder->file("evidence", "image.raw")));
  EXPECT_EQ(one.folder->confinement("evidence").leave_free_bytes, 1ull << 30);
}

TEST(WorkFolder, IsEmptyWhenItIsRenewedAndGoneWithTheObject) {
  Case one;
  ASSERT_TRUE(one.folder->renew("evidence"));
  std::ofstream(one.folder->file("evidence", "left")) << "by a tool";
  ASSERT_TRUE(one.folder->renew("evidence"));
  EXPECT_TRUE(fs::is_empty(one.folder->confinement("evidence").folder));
  one.folder.reset();
  EXPECT_TRUE(fs::is_empty(one.directory.path()));
}

TEST(WorkFolder, ClearsWhatAKilledProgramLeftAndNothingElse) {
  Case one;
  one.folder.reset();
  fs::create_directories(one.directory.file("resus-diff-7/evidence"));
  std::ofstream(one.directory.file("resus-diff-7/evidence/image.raw")) << "a file system";
  std::ofstream(one.directory.file("other")) << "somebody's";
  ASSERT_TRUE(WorkFolder::clear(one.directory.path()));
  EXPECT_EQ(std::distance(fs::directory_iterator(one.directory.path()), fs::directory_iterator()), 1);
  EXPECT_TRUE(fs::exists(one.directory.file("other")));
}

}  // namespace
}  // namespace resus::analysis
