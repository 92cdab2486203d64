#include "imaging/rescue_plan.hpp"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace resus::imaging {
namespace {

struct FakeSectors {
  std::set<std::uint64_t> bad_lbas;
  std::vector<Extent> reads = {};
  RescueRead read(const Extent& extent) {
    reads.push_back(extent);
    const auto hit = bad_lbas.lower_bound(extent.first_lba);
    const bool good = hit == bad_lbas.end() || *hit >= extent.first_lba + extent.sectors;
    return good ? RescueRead::kRead : RescueRead::kMedium;
  }
};

void run_to_end(RescuePlan& plan, FakeSectors& disk) {
  for (auto extent = plan.next(); extent; extent = plan.next()) plan.report(disk.read(*extent));
}

std::vector<LostExtent> medium(const std::vector<Extent>& extents) {
  std::vector<LostExtent> lost;
  for (const auto& extent : extents) lost.push_back({extent, ReadCause::kMedium});
  return lost;
}

TEST(RescuePlan, ReadsBothEdgesBeforeWhatLiesBetween) {
  FakeSectors disk{.bad_lbas = {5, 10}};
  RescuePlan plan({{0, 16}}, {.sweep = 4, .retries = 0});
  run_to_end(plan, disk);
  // 64 KiB steps: forward to the first that fails, backward to the first that fails, and nothing is between.
  EXPECT_EQ(std::vector(disk.reads.begin(), disk.reads.begin() + 4), (std::vector<Extent>{{0, 4}, {4, 4}, {12, 4}, {8, 4}}));
  // Then the edges of what failed, sector by sector, and last what lies between the edges.
  EXPECT_EQ(std::vector(disk.reads.begin() + 4, disk.reads.end()),
            (std::vector<Extent>{{4, 1}, {5, 1}, {11, 1}, {10, 1}, {6, 1}, {7, 1}, {8, 1}, {9, 1}}));
  EXPECT_EQ(plan.lost(), medium({{5, 1}, {10, 1}}));
}

TEST(RescuePlan, ReadsEveryEdgeOfSeveralPlacesBeforeTheInsideOfAny) {
  FakeSectors disk{.bad_lbas = {1, 2, 21, 22}};
  RescuePlan plan({{0, 4}, {20, 4}}, {.sweep = 1, .retries = 0});
  run_to_end(plan, disk);
  EXPECT_EQ(disk.reads, (std::vector<Extent>{{0, 1}, {1, 1}, {3, 1}, {2, 1}, {20, 1}, {21, 1}, {23, 1}, {22, 1}}));
}

TEST(RescuePlan, LosesOneSectorOfAMegabyteForOneBadSector) {
  FakeSectors disk{.bad_lbas = {5000}};
  RescuePlan plan({{4096, 2048}}, {.sweep = 128, .retries = 0});
  run_to_end(plan, disk);
  EXPECT_EQ(plan.lost(), medium({{5000, 1}}));
  EXPECT_LE(disk.reads.size(), 16U + 128U);
}

TEST(RescuePlan, TriesALonelySectorAgainAfterEverythingElse) {
  FakeSectors disk{.bad_lbas = {0}};
  RescuePlan plan({{0, 2}}, {.sweep = 1, .retries = 2});
  run_to_end(plan, disk);
  EXPECT_EQ(disk.reads, (std::vector<Extent>{{0, 1}, {1, 1}, {0, 1}, {0, 1}}));
}

TEST(RescuePlan, KeepsASectorThatReadsAtTheSecondTry) {
  RescuePlan plan({{0, 1}}, {.sweep = 1, .retries = 1});
  plan.report(RescueRead::kMedium);
  plan.report(RescueRead::kRead);
  EXPECT_FALSE(plan.next());
  EXPECT_TRUE(plan.lost().empty());
}

TEST(RescuePlan, ReadsABadPhysicalSectorAsAWholeBeforeItsParts) {
  FakeSectors disk;
  for (std::uint64_t lba = 64; lba < 72; ++lba) disk.bad_lbas.insert(lba);
  RescuePlan plan({{0, 128}}, {.sweep = 128, .physical = 8, .retries = 1});
  run_to_end(plan, disk);
  EXPECT_EQ(plan.lost(), medium({{64, 8}}));
  EXPECT_EQ(disk.reads.size(), 1U + 16U + 8U);
}

TEST(RescuePlan, MergesNeighboursOfOneCauseOnly) {
  RescuePlan plan({{0, 3}}, {.sweep = 1, .retries = 0});
  plan.report(RescueRead::kMedium);   // 0
  plan.report(RescueRead::kTimeout);  // 2, from behind
  plan.report(RescueRead::kMedium);   // 1
  EXPECT_EQ(plan.lost(), (std::vector<LostExtent>{{{0, 2}, ReadCause::kMedium}, {{2, 1}, ReadCause::kTimeout}}));
}

TEST(RescuePlan, GivesUpWithTheCauseOfWhatItDidAndWhatItDidNotTry) {
  RescuePlan plan({{0, 4}}, {.sweep = 1, .retries = 1});
  plan.report(RescueRead::kRead);    // 0
  plan.report(RescueRead::kMedium);  // 1, to be tried again
  plan.give_up(ReadCause::kNotTried);
  EXPECT_FALSE(plan.next());
  EXPECT_EQ(plan.lost(), (std::vector<LostExtent>{{{1, 1}, ReadCause::kMedium}, {{2, 2}, ReadCause::kNotTried}}));
}

TEST(RescuePlan, DoesNotCallASectorBadThatOnlyALargerStepFailedOn) {
  RescuePlan plan({{0, 8}}, {.sweep = 4, .retries = 0});
  plan.report(RescueRead::kMedium);  // 0 to 3
  plan.give_up(ReadCause::kNotTried);
  EXPECT_EQ(plan.lost(), (std::vector<LostExtent>{{{0, 8}, ReadCause::kNotTried}}));
}

TEST(RescuePlan, ReadsEveryGoodSectorAndLosesEveryBadOneWhateverTheFaults) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    std::mt19937 random(seed);
    const auto below = [&](unsigned n) { return std::uniform_int_distribution<unsigned>(0, n - 1)(random); };
    FakeSectors disk;
    const unsigned clusters = below(6);
    for (unsigned i = 0; i < clusters; ++i) {
      const std::uint64_t first = below(4096);
      for (std::uint64_t lba = first; lba < first + 1 + below(300) && lba < 4096; ++lba) disk.bad_lbas.insert(lba);
    }
    const unsigned physical = below(2) == 0 ? 1 : 8;
    RescuePlan plan({{0, 2048}, {2048, 1000}, {3500, 596}}, {.sweep = 128, .physical = physical, .retries = 1});
    std::set<std::uint64_t> read;
    for (auto step = plan.next(); step; step = plan.next()) {
      const auto outcome = disk.read(*step);
      for (auto lba = step->first_lba; outcome == RescueRead::kRead && lba < step->first_lba + step->sectors; ++lba) {
        EXPECT_TRUE(read.insert(lba).second) << "sector " << lba << " was read twice, seed " << seed;
      }
      plan.report(outcome);
    }
    std::set<std::uint64_t> lost;
    for (const auto& one : plan.lost()) {
      for (auto lba = one.extent.first_lba; lba < one.extent.first_lba + one.extent.sectors; ++lba) lost.insert(lba);
    }
    for (std::uint64_t lba = 0; lba < 4096; ++lba) {
      const bool part = lba < 3048 || lba >= 3500;
      ASSERT_EQ(lost.contains(lba), part && disk.bad_lbas.contains(lba)) << lba << ", seed " << seed;
      ASSERT_EQ(read.contains(lba), part && !disk.bad_lbas.contains(lba)) << lba << ", seed " << seed;
    }
    EXPECT_LE(disk.reads.size(), 40U + 4096U + 2 * lost.size()) << "seed " << seed;
  }
}

}  // namespace
}  // namespace resus::imaging
