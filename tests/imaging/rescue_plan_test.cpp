#include "imaging/rescue_plan.hpp"

#include <gtest/gtest.h>

#include <set>

namespace resus::imaging {
namespace {

struct FakeSectors {
  std::set<std::uint64_t> bad_lbas;
  std::vector<Extent> reads = {};
  bool read(const Extent& extent) {
    reads.push_back(extent);
    const auto hit = bad_lbas.lower_bound(extent.first_lba);
    return hit == bad_lbas.end() || *hit >= extent.first_lba + extent.sectors;
  }
};

void run_to_end(RescuePlan& plan, FakeSectors& disk) {
  for (auto extent = plan.next(); extent; extent = plan.next()) plan.report(disk.read(*extent));
}

TEST(RescuePlan, ReadsPastABadBlockBeforeScrapingIt) {
  FakeSectors disk{.bad_lbas = {1}};
  RescuePlan plan({.first_lba = 0, .sectors = 4}, /*sweep=*/2, /*retries=*/0);
  run_to_end(plan, disk);
  EXPECT_EQ(disk.reads, (std::vector<Extent>{{0, 2}, {2, 2}, {0, 1}, {1, 1}}));
  EXPECT_EQ(plan.unreadable(), (std::vector<Extent>{{1, 1}}));
}

TEST(RescuePlan, LosesOneSectorOfAMegabyteForOneBadSector) {
  FakeSectors disk{.bad_lbas = {5000}};
  RescuePlan plan({.first_lba = 4096, .sectors = 2048}, /*sweep=*/128, /*retries=*/0);
  run_to_end(plan, disk);
  EXPECT_EQ(plan.unreadable(), (std::vector<Extent>{{5000, 1}}));
  EXPECT_EQ(disk.reads.size(), 16U + 16U + 8U);
}

TEST(RescuePlan, TriesALonelySectorAgainAfterEverythingElse) {
  FakeSectors disk{.bad_lbas = {0}};
  RescuePlan plan({.first_lba = 0, .sectors = 2}, /*sweep=*/1, /*retries=*/2);
  run_to_end(plan, disk);
  EXPECT_EQ(disk.reads, (std::vector<Extent>{{0, 1}, {1, 1}, {0, 1}, {0, 1}}));
}

TEST(RescuePlan, KeepsASectorThatCouldBeReadTheSecondTime) {
  RescuePlan plan({.first_lba = 7, .sectors = 1}, /*sweep=*/1, /*retries=*/1);
  plan.report(false);
  plan.report(true);
  EXPECT_FALSE(plan.next());
  EXPECT_TRUE(plan.unreadable().empty());
}

TEST(RescuePlan, MergesNeighboursWhateverTheOrderTheyFailedIn) {
  FakeSectors disk{.bad_lbas = {10, 11, 12, 20}};
  RescuePlan plan({.first_lba = 0, .sectors = 32}, /*sweep=*/8, /*retries=*/1);
  run_to_end(plan, disk);
  EXPECT_EQ(plan.unreadable(), (std::vector<Extent>{{10, 3}, {20, 1}}));
}

TEST(RescuePlan, EndsOnADiskThatAnswersNothing) {
  FakeSectors disk;
  for (std::uint64_t lba = 0; lba < 2048; ++lba) disk.bad_lbas.insert(lba);
  RescuePlan plan({.first_lba = 0, .sectors = 2048}, /*sweep=*/128, /*retries=*/1);
  run_to_end(plan, disk);
  EXPECT_EQ(plan.unreadable(), (std::vector<Extent>{{0, 2048}}));
}

}  // namespace
}  // namespace resus::imaging
