// The fake must be as forgetful as a real power cut, or crash tests prove nothing.
#include "tests/support/memory_file_system.hpp"

#include <gtest/gtest.h>

namespace resus::test {
namespace {

std::span<const std::byte> bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

TEST(MemoryFileSystem, ForgetsUnsyncedNamesInACrash) {
  MemoryFileSystem fs;
  auto file = fs.open_append("/a").value();
  ASSERT_TRUE(file->append(bytes("text")));
  ASSERT_TRUE(file->sync());
  fs.crash();
  EXPECT_EQ(fs.content("/a"), std::nullopt);
}

TEST(MemoryFileSystem, KeepsSyncedBytesAndTearsTheLastAppend) {
  MemoryFileSystem fs;
  auto file = fs.open_append("/a").value();
  ASSERT_TRUE(fs.sync_directory("/"));
  ASSERT_TRUE(file->append(bytes("kept")));
  ASSERT_TRUE(file->sync());
  ASSERT_TRUE(file->append(bytes("torn")));
  fs.crash();
  EXPECT_EQ(fs.content("/a"), "keptto");
  EXPECT_FALSE(file->append(bytes("from before the crash")));
}

TEST(MemoryFileSystem, LeavesZerosInPlaceOfUnsyncedAppendsBeforeTheLast) {
  MemoryFileSystem fs;
  auto file = fs.open_append("/a").value();
  ASSERT_TRUE(fs.sync_directory("/"));
  ASSERT_TRUE(file->append(bytes("ab")));
  ASSERT_TRUE(file->append(bytes("cdef")));
  fs.crash();
  EXPECT_EQ(fs.content("/a"), std::string("\0\0cd", 4));
}

TEST(MemoryFileSystem, UndoesAnUnsyncedRename) {
  MemoryFileSystem fs;
  ASSERT_TRUE(fs.replace("/a", "old"));
  ASSERT_TRUE(fs.replace("/b", "new"));
  ASSERT_TRUE(fs.rename("/b", "/a"));
  fs.crash();
  EXPECT_EQ(fs.content("/a"), "old");
  EXPECT_EQ(fs.content("/b"), "new");
}

TEST(MemoryFileSystem, ReplacesAllOrNothingWhereverPowerFails) {
  for (std::size_t n = 0;; ++n) {
    MemoryFileSystem fs;
    ASSERT_TRUE(fs.replace("/a", "old"));
    const std::size_t before = fs.calls();
    fs.lose_power_at(before + n);
    const bool done = fs.replace("/a", "new").has_value();
    fs.crash();
    EXPECT_EQ(fs.content("/a"), done ? "new" : "old") << "power failed at call " << n;
    if (done) break;
  }
}

TEST(MemoryFileSystem, IsFullAtItsCapacity) {
  MemoryFileSystem fs;
  fs.set_capacity(6);
  auto file = fs.open_append("/a").value();
  ASSERT_TRUE(file->append(bytes("1234")));
  EXPECT_EQ(file->append(bytes("5678")).error().code, hw::Code::kSpace);
  EXPECT_EQ(fs.space("/").value().free_bytes, 0u);
}

TEST(MemoryFileSystem, FailsJustTheCallItWasToldTo) {
  MemoryFileSystem fs;
  auto file = fs.open_append("/a").value();
  fs.fail_call(1);
  EXPECT_TRUE(file->append(bytes("one")));
  EXPECT_FALSE(file->sync());
  EXPECT_TRUE(file->sync());
}

}  // namespace
}  // namespace resus::test
