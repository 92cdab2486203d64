#include "imaging/gap_passes.hpp"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace resus::imaging {
namespace {

std::vector<std::uint64_t> run(GapPasses& passes, const std::set<std::uint64_t>& bad) {
  std::vector<std::uint64_t> order;
  for (auto segment = passes.next(); segment; segment = passes.next()) {
    order.push_back(*segment);
    passes.report(!bad.contains(*segment));
  }
  return order;
}

TEST(GapPasses, ReadsAGapFromBehindUntilItFails) {
  GapPasses passes({{10, 6}});
  const auto order = run(passes, {10, 11, 12});
  EXPECT_EQ(std::vector(order.begin(), order.begin() + 4), (std::vector<std::uint64_t>{15, 14, 13, 12}));
}

TEST(GapPasses, LeavesOutMoreBehindEveryFailure) {
  std::set<std::uint64_t> dead;
  for (std::uint64_t i = 0; i < 1000; ++i) dead.insert(i);
  GapPasses passes({{0, 1000}});
  const auto order = run(passes, dead);
  EXPECT_LT(order.size(), 70U) << "a dead gap costs a few reads a pass, not a thousand";
  std::uint64_t untried = 0;
  for (const auto& range : passes.untried()) untried += range.count;
  EXPECT_EQ(untried + passes.failed().size(), 1000U);
}

TEST(GapPasses, ReadsAllOfAGapThatIsWell) {
  GapPasses passes({{3, 2}, {100, 50}});
  EXPECT_EQ(run(passes, {}).size(), 52U);
  EXPECT_TRUE(passes.failed().empty());
  EXPECT_TRUE(passes.untried().empty());
}

TEST(GapPasses, TouchesEverySegmentOnceAtMostAndLosesNone) {
  for (unsigned seed = 0; seed < 200; ++seed) {
    std::mt19937 random(seed);
    const auto below = [&](unsigned n) { return std::uniform_int_distribution<unsigned>(0, n - 1)(random); };
    std::vector<SegmentRange> gaps;
    std::set<std::uint64_t> all, bad;
    for (std::uint64_t at = below(20); gaps.size() < 4; at += 1 + below(50)) {
      const std::uint64_t count = below(60);
      gaps.push_back({at, count});
      for (auto i = at; i < at + count; ++i) all.insert(i);
      at += count;
    }
    for (const auto segment : all) {
      if (below(3) == 0) bad.insert(segment);
    }
    GapPasses passes(gaps);
    std::set<std::uint64_t> seen;
    for (const auto segment : run(passes, bad)) EXPECT_TRUE(seen.insert(segment).second) << segment << ", seed " << seed;
    for (const auto& range : passes.untried()) {
      for (auto i = range.first; i < range.first + range.count; ++i) EXPECT_TRUE(seen.insert(i).second) << i << ", seed " << seed;
    }
    EXPECT_EQ(seen, all) << "seed " << seed;
  }
}

}  // namespace
}  // namespace resus::imaging
