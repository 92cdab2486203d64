#include "imaging/custody.hpp"

#include <gtest/gtest.h>

#include "tests/support/fake_clock.hpp"
#include "tests/support/memory_file_system.hpp"

namespace resus::imaging {
namespace {

using test::MemoryFileSystem;
constexpr auto kPath = "/custody.jsonl";

struct Bench {
  SigningKey key = SigningKey::generate().value();
  MemoryFileSystem files;
  test::FakeClock clock;

  Result<std::unique_ptr<CustodyLog>> open() {
    return CustodyLog::open(files, kPath, key, clock);
  }
  CustodyReport verify() {
    const auto trusted = key.public_key();
    return verify_custody(files, kPath, std::span(&trusted, 1)).value();
  }
  /// Three lines.
  void fill() {
    auto log = open().value();
    for (const auto* action : {"approve", "evidence.complete", "permit.issue"}) {
      ASSERT_TRUE(log->append({.actor = "K. Meier", .machine = "m-1", .action = action, .reason = "worm"}));
    }
  }
  std::size_t start_of_line(std::size_t number) {
    const auto text = *files.content(kPath);
    std::size_t start = 0;
    while (--number > 0) start = text.find('\n', start) + 1;
    return start;
  }
};

TEST(CustodyLog, VerifiesFromThePublicKeyAlone) {
  Bench bench;
  bench.fill();
  const auto report = bench.verify();
  EXPECT_EQ(report.entries, 3U);
  EXPECT_FALSE(report.first_broken_line) << report.problem;
  EXPECT_EQ(to_string(report.head), to_string(bench.open().value()->head()));
}

TEST(CustodyLog, TellsWhoDidWhatWhenAndWhy) {
  Bench bench;
  auto log = bench.open().value();
  bench.clock.advance(std::chrono::milliseconds(1500));
  ASSERT_TRUE(log->append({"agent m-1", "m-1", "copy", "as planned", R"({"bytes":4096})"}));
  std::vector<CustodyEntry> seen;
  const auto trusted = bench.key.public_key();
  ASSERT_TRUE(verify_custody(bench.files, kPath, std::span(&trusted, 1),
                             [&](const CustodyEntry& entry) { seen.push_back(entry); }));
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen[0].event.actor, "agent m-1");
  EXPECT_EQ(seen[0].event.details, R"({"bytes":4096})");
  EXPECT_EQ(seen[0].time, hw::to_rfc3339(bench.clock.now()));
}

TEST(CustodyLog, NamesTheFirstBrokenLineWhereverAByteChanged) {
  for (std::size_t line = 1; line <= 3; ++line) {
    Bench bench;
    bench.fill();
    bench.files.flip_byte(kPath, bench.start_of_line(line) + 90);
    const auto report = bench.verify();
    EXPECT_EQ(report.first_broken_line, line);
    EXPECT_EQ(report.entries, line - 1);
    EXPECT_FALSE(report.problem.empty());
  }
}

TEST(CustodyLog, NoticesALineTakenOut) {
  Bench bench;
  bench.fill();
  auto text = *bench.files.content(kPath);
  text.erase(bench.start_of_line(2), bench.start_of_line(3) - bench.start_of_line(2));
  ASSERT_TRUE(bench.files.replace(kPath, text));
  EXPECT_EQ(bench.verify().first_broken_line, 2U);
}

TEST(CustodyLog, NoticesALineMadeByAnotherKey) {
  Bench bench;
  bench.fill();
  const auto other = SigningKey::generate().value();
  EXPECT_FALSE(CustodyLog::open(bench.files, kPath, other, bench.clock));
  const auto former = bench.key.public_key();
  auto log = CustodyLog::open(bench.files, kPath, other, bench.clock, std::span(&former, 1)).value();
  ASSERT_TRUE(log->append({.actor = "x", .machine = "", .action = "y", .reason = ""}));
  EXPECT_EQ(bench.verify().first_broken_line, 4U);
}

TEST(CustodyLog, KeepsEveryAcknowledgedLineThroughAPowerCutAtAnyCall) {
  for (const auto torn : {test::TornTail::kNothing, test::TornTail::kHalf, test::TornTail::kZeros}) {
    for (std::size_t n = 0;; ++n) {
      Bench bench;
      bench.files.lose_power_at(n);
      std::uint64_t acknowledged = 0;
      if (auto log = bench.open()) {
        const CustodyEvent event{.actor = "a", .machine = "m", .action = "b", .reason = "c"};
        while (acknowledged < 3 && log.value()->append(event)) acknowledged += 1;
      }
      if (bench.files.calls() <= n) break;
      bench.files.crash(torn);
      ASSERT_TRUE(bench.open()) << "call " << n;
      const auto report = bench.verify();
      EXPECT_FALSE(report.first_broken_line) << "call " << n << ": " << report.problem;
      EXPECT_GE(report.entries, acknowledged) << "call " << n;
      EXPECT_EQ(report.torn_bytes, 0U);
    }
  }
}

TEST(CustodyLog, CutsATornLineAndSaysSo) {
  Bench bench;
  bench.fill();
  auto text = *bench.files.content(kPath) + "{\"v\":1,\"purp";
  ASSERT_TRUE(bench.files.replace(kPath, text));
  EXPECT_EQ(bench.verify().torn_bytes, 12U);
  ASSERT_TRUE(bench.open());
  const auto trusted = bench.key.public_key();
  std::string last;
  ASSERT_TRUE(verify_custody(bench.files, kPath, std::span(&trusted, 1),
                             [&](const CustodyEntry& entry) { last = entry.event.action; }));
  EXPECT_EQ(last, "custody.torn_line_cut");
  EXPECT_EQ(bench.verify().entries, 4U);
}

TEST(CustodyLog, GoesOnAfterAFullDiskWithoutABrokenLine) {
  Bench bench;
  auto log = bench.open().value();
  const CustodyEvent event{.actor = "a", .machine = "m", .action = "b", .reason = "c"};
  ASSERT_TRUE(log->append(event));
  bench.files.set_capacity(bench.files.content(kPath)->size() + 20);
  EXPECT_EQ(log->append(event).error().code, hw::Code::kSpace);
  EXPECT_EQ(log->head().sequence, 1U);
  bench.files.set_capacity(1 << 20);
  EXPECT_EQ(log->append(event).value().sequence, 2U);
  EXPECT_EQ(bench.verify().entries, 2U);
  EXPECT_FALSE(bench.verify().first_broken_line);
}

TEST(CustodyLog, RefusesDetailsThatAreNoObjectAndLinesThatAreTooLong) {
  Bench bench;
  auto log = bench.open().value();
  CustodyEvent event{.actor = "a", .machine = "m", .action = "b", .reason = "c", .details = "[1"};
  EXPECT_EQ(log->append(event).error().code, hw::Code::kBadInput);
  event.details = "{}";
  event.reason.assign(300'000, 'x');
  EXPECT_EQ(log->append(event).error().code, hw::Code::kBadInput);
  EXPECT_EQ(log->head().sequence, 0U);
}

}  // namespace
}  // namespace resus::imaging
