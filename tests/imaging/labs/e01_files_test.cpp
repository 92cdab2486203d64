// The files of an E01 set: whole with their names, or not there.
#include <gtest/gtest.h>

#include "imaging/labs/e01_files.hpp"
#include "tests/support/memory_file_system.hpp"

namespace resus::imaging {
namespace {

Result<void> write_set(hw::FileSystem& files, const std::string& path, std::uint32_t segments) {
  RESUS_TRY(const auto set, E01Files::create(files, path));
  for (std::uint32_t i = 1; i <= segments; ++i) {
    RESUS_TRY(set->begin_segment(i));
    RESUS_TRY(set->write("segment " + std::to_string(i)));
    RESUS_TRY(set->end_segment());
  }
  return set->finish("side", "record");
}

const std::vector<std::string> kWholeSet{"a.E01", "a.E01.record.json", "a.E01.resus.json", "a.E02", "a.E03"};

std::vector<std::string> names(test::MemoryFileSystem& files) { return files.list("lab").value(); }

TEST(E01Files, GetTheirNamesTogether) {
  test::MemoryFileSystem files;
  ASSERT_TRUE(files.make_directories("lab"));
  ASSERT_TRUE(write_set(files, "lab/a.E01", 3));
  EXPECT_EQ(names(files), kWholeSet);
  EXPECT_EQ(files.read_all("lab/a.E03", 100).value(), "segment 3");
  EXPECT_EQ(files.read_all("lab/a.E01.resus.json", 100).value(), "side");
}

TEST(E01Files, LeaveNothingWhereAnyCallFails) {
  for (std::size_t n = 0;; ++n) {
    test::MemoryFileSystem files;
    ASSERT_TRUE(files.make_directories("lab"));
    const auto before = files.calls();
    files.fail_call(before + n);
    const auto written = write_set(files, "lab/a.E01", 3);
    if (files.calls() <= before + n) break;
    ASSERT_FALSE(written) << n;
    EXPECT_EQ(names(files), std::vector<std::string>()) << n;
  }
}

TEST(E01Files, HaveTheFirstSegmentsNameOnlyWhenAllIsThere) {
  for (std::size_t n = 0;; ++n) {
    test::MemoryFileSystem files;
    ASSERT_TRUE(files.make_directories("lab"));
    const auto before = files.calls();
    files.lose_power_at(before + n);
    const auto written = write_set(files, "lab/a.E01", 3);
    const bool reached = files.calls() > before + n;
    files.crash();
    if (files.exists("lab/a.E01").value()) {
      EXPECT_EQ(names(files), kWholeSet) << n;
    }
    if (!reached) break;
  }
}

TEST(E01Files, NeverOverwrite) {
  for (const auto* name : {"a.E01", "a.E02", "a.E03", "a.E04", "a.E01.partial", "a.E02.partial", "a.E01.resus.json", "a.E01.record.json"}) {
    test::MemoryFileSystem files;
    ASSERT_TRUE(files.make_directories("lab"));
    ASSERT_TRUE(files.replace(std::string("lab/") + name, "theirs"));
    const auto written = write_set(files, "lab/a.E01", 3);
    ASSERT_FALSE(written) << name;
    EXPECT_EQ(written.error().code, hw::Code::kConflict) << name;
    EXPECT_EQ(names(files), std::vector<std::string>{name});
    EXPECT_EQ(files.read_all(std::string("lab/") + name, 100).value(), "theirs");
  }
}

TEST(E01Files, WantANameThatEndsInE01) {
  test::MemoryFileSystem files;
  for (const auto* path : {"a.raw", "a.e02", ".E01", "lab/.E01", ""}) EXPECT_EQ(E01Files::create(files, path).error().code, hw::Code::kUsage) << path;
}

}  // namespace
}  // namespace resus::imaging
