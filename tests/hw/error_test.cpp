#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <set>

#include "hw/clock.hpp"
#include "hw/error.hpp"
#include "hw/fd.hpp"
#include "hw/log.hpp"

namespace resus::hw {
namespace {

TEST(ErrorCodes, StandInTheOrderOfTheEnumerationWithUniqueIds) {
  std::set<std::string_view> ids;
  for (int i = 0; i <= static_cast<int>(Code::kDiskQuestion); ++i) {
    const CodeInfo& row = info(static_cast<Code>(i));
    EXPECT_EQ(row.code, static_cast<Code>(i)) << row.id;
    EXPECT_TRUE(ids.insert(row.id).second) << row.id;
    EXPECT_TRUE(row.what_happened.ends_with(".") && row.what_is_safe.ends_with(".") &&
                row.next_action.ends_with(".")) << row.id;
  }
}

TEST(ErrorCodes, AreFoundByTheirPrintedForm) {
  ASSERT_NE(find_code("E-DISK-02"), nullptr);
  EXPECT_EQ(find_code("E-DISK-02")->code, Code::kDiskChanged);
  EXPECT_EQ(find_code("E-DISK-99"), nullptr);
}

TEST(Error, PrintsItsCodeContextAndWhatElseFailed) {
  Error error = make_error(Code::kRead, "Input/output error").within("read /dev/sda");
  error.secondary.push_back("close: Bad file descriptor");
  EXPECT_EQ(error.to_string(),
            "E-READ-01: read /dev/sda: Input/output error (also: close: Bad file descriptor)");
}

TEST(Error, TellsAFullDiskFromABrokenOne) {
  EXPECT_EQ(errno_error(Code::kWrite, "x", ENOSPC).code, Code::kSpace);
  EXPECT_EQ(errno_error(Code::kWrite, "x", EIO).code, Code::kWrite);
  EXPECT_FALSE(errno_error(Code::kWrite, "x", ENOSPC).permanent);
}

TEST(Clock, WritesRfc3339WithMilliseconds) {
  EXPECT_EQ(to_rfc3339(UtcTime(std::chrono::milliseconds(1'795'431'483'120))), "2026-11-23T10:58:03.120Z");
  EXPECT_EQ(to_rfc3339(UtcTime(std::chrono::milliseconds(0))), "1970-01-01T00:00:00.000Z");
}

TEST(Clock, ReadsWhatItWrites) {
  EXPECT_EQ(seconds_since_1970("2026-11-23T10:58:03.120Z"), 1'795'431'483);
  EXPECT_EQ(seconds_since_1970("1970-01-01T00:00:00.000Z"), 0);
  EXPECT_EQ(seconds_since_1970("yesterday"), 0);
}

TEST(Log, GivesLinesToTheSinkAndSurvivesABrokenOne) {
  std::vector<std::string> lines;
  set_log_sink([&](LogLevel, std::string_view room, std::string_view message) {
    lines.push_back(std::string(room) + ": " + std::string(message));
  });
  log(LogLevel::kInfo, "hw", "disk found");
  set_log_sink([](LogLevel, std::string_view, std::string_view) { throw 1; });
  log(LogLevel::kInfo, "hw", "lost");
  set_log_sink(nullptr);
  EXPECT_EQ(lines, std::vector<std::string>{"hw: disk found"});
}

TEST(UniqueFd, IsEmptyAfterMoveAndClose) {
  UniqueFd fd(::dup(0));
  UniqueFd moved = std::move(fd);
  EXPECT_TRUE(moved.valid());
  EXPECT_TRUE(moved.close());
  EXPECT_FALSE(moved.valid());
}

}  // namespace
}  // namespace resus::hw
