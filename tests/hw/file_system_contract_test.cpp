// What hw/file_system.hpp promises, demanded from the real file system and from the one in memory.
#include <gtest/gtest.h>

#include "hw/linux/file_system.hpp"
#include "tests/support/memory_file_system.hpp"
#include "tests/support/temporary_directory.hpp"

namespace resus::hw {
namespace {

std::span<const std::byte> bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

struct RealFileSystem {
  test::TemporaryDirectory directory;
  LinuxFileSystem fs;
  std::string root = directory.path();
};
struct FakeFileSystem {
  test::MemoryFileSystem fs;
  std::string root = "/store";
  FakeFileSystem() { fs.make_directories(root).value(); }
};

template <class T>
class FileSystemContract : public testing::Test {
 protected:
  std::string at(const std::string& name) { return kind_.root + "/" + name; }
  void write(const std::string& name, std::string_view text) {
    auto file = fs().open_append(at(name)).value();
    ASSERT_TRUE(file->append(bytes(text)));
    ASSERT_TRUE(file->sync());
  }
  FileSystem& fs() { return kind_.fs; }
  T kind_;
};
using Kinds = testing::Types<RealFileSystem, FakeFileSystem>;
TYPED_TEST_SUITE(FileSystemContract, Kinds);

TYPED_TEST(FileSystemContract, AppendsAtTheEndOfAnExistingFile) {
  this->write("log", "one ");
  auto file = this->fs().open_append(this->at("log")).value();
  EXPECT_EQ(file->size_bytes(), 4u);
  ASSERT_TRUE(file->append(bytes("two")));
  EXPECT_EQ(file->size_bytes(), 7u);
  EXPECT_EQ(this->fs().read_all(this->at("log"), 100).value(), "one two");
}

TYPED_TEST(FileSystemContract, ReadsExactlyWhatWasAskedFor) {
  this->write("log", "0123456789");
  auto file = this->fs().open_read(this->at("log")).value();
  std::array<std::byte, 4> buffer{};
  ASSERT_TRUE(file->read(3, buffer));
  EXPECT_EQ(std::memcmp(buffer.data(), "3456", 4), 0);
  EXPECT_EQ(file->size_bytes().value(), 10u);
  file->drop_cache();
  ASSERT_TRUE(file->read(6, buffer));
  EXPECT_EQ(std::memcmp(buffer.data(), "6789", 4), 0);
}

TYPED_TEST(FileSystemContract, ReportsAnEarlyEndAsAnError) {
  this->write("log", "0123");
  auto file = this->fs().open_read(this->at("log")).value();
  std::array<std::byte, 4> buffer{};
  EXPECT_EQ(file->read(1, buffer).error().code, Code::kRead);
}

TYPED_TEST(FileSystemContract, SaysNotFoundForWhatIsMissing) {
  EXPECT_EQ(this->fs().open_read(this->at("none")).error().code, Code::kNotFound);
  EXPECT_EQ(this->fs().read_all(this->at("none"), 10).error().code, Code::kNotFound);
  EXPECT_EQ(this->fs().remove(this->at("none")).error().code, Code::kNotFound);
  EXPECT_EQ(this->fs().list(this->at("none")).error().code, Code::kNotFound);
  EXPECT_EQ(this->fs().open_append(this->at("none/file")).error().code, Code::kNotFound);
  EXPECT_FALSE(this->fs().exists(this->at("none")).value());
}

TYPED_TEST(FileSystemContract, RefusesToReadMoreThanTheLimit) {
  this->write("big", "0123456789");
  EXPECT_EQ(this->fs().read_all(this->at("big"), 9).error().code, Code::kBadInput);
  EXPECT_TRUE(this->fs().read_all(this->at("big"), 10));
}

TYPED_TEST(FileSystemContract, ReplacesWholeAndLeavesNothingBeside) {
  ASSERT_TRUE(this->fs().replace(this->at("config"), "old and long"));
  ASSERT_TRUE(this->fs().replace(this->at("config"), "new"));
  EXPECT_EQ(this->fs().read_all(this->at("config"), 100).value(), "new");
  EXPECT_EQ(this->fs().list(this->kind_.root).value(), std::vector<std::string>{"config"});
}

TYPED_TEST(FileSystemContract, ChangesBytesWhereTheyStandAndFreesOthers) {
  this->write("pack", std::string(20'000, 'x') + "end");
  auto file = this->fs().open_patch(this->at("pack")).value();
  ASSERT_TRUE(file->overwrite(3, std::as_bytes(std::span(std::string_view("head")))));
  ASSERT_TRUE(file->free_range(7, 19'993));
  ASSERT_TRUE(file->sync());
  EXPECT_EQ(this->fs().read_all(this->at("pack"), 30'000).value(), "xxxhead" + std::string(19'993, '\0') + "end");
  EXPECT_EQ(this->fs().open_patch(this->at("none")).error().code, Code::kNotFound);
}

TYPED_TEST(FileSystemContract, TruncatesSoThatAppendingGoesOnThere) {
  this->write("log", "keep torn");
  ASSERT_TRUE(this->fs().truncate(this->at("log"), 5));
  this->write("log", "whole");
  EXPECT_EQ(this->fs().read_all(this->at("log"), 100).value(), "keep whole");
}

TYPED_TEST(FileSystemContract, ListsNamesSortedAfterRenameAndRemove) {
  for (const char* name : {"c", "a", "b"}) this->write(name, name);
  ASSERT_TRUE(this->fs().make_directories(this->at("d/e")));
  ASSERT_TRUE(this->fs().rename(this->at("a"), this->at("z")));
  ASSERT_TRUE(this->fs().remove(this->at("b")));
  EXPECT_EQ(this->fs().list(this->kind_.root).value(), (std::vector<std::string>{"c", "d", "z"}));
  EXPECT_EQ(this->fs().list(this->at("d")).value(), std::vector<std::string>{"e"});
  EXPECT_TRUE(this->fs().exists(this->at("d/e")).value());
}

TYPED_TEST(FileSystemContract, RenameReplacesTheTarget) {
  this->write("new", "new");
  this->write("old", "old");
  ASSERT_TRUE(this->fs().rename(this->at("new"), this->at("old")));
  EXPECT_EQ(this->fs().read_all(this->at("old"), 10).value(), "new");
  EXPECT_FALSE(this->fs().exists(this->at("new")).value());
}

TYPED_TEST(FileSystemContract, MakesDirectoriesTwiceWithoutComplaint) {
  ASSERT_TRUE(this->fs().make_directories(this->at("x/y/z")));
  EXPECT_TRUE(this->fs().make_directories(this->at("x/y/z")));
  this->write("file", "");
  EXPECT_FALSE(this->fs().make_directories(this->at("file")));
}

TYPED_TEST(FileSystemContract, KnowsItsSpace) {
  const auto space = this->fs().space(this->kind_.root).value();
  EXPECT_GT(space.free_bytes, 0u);
  EXPECT_GE(space.total_bytes, space.free_bytes);
}

}  // namespace
}  // namespace resus::hw
