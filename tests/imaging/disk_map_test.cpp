#include "imaging/disk_map.hpp"

#include <gtest/gtest.h>

#include <random>

#include "imaging/deploy_plan.hpp"

namespace resus::imaging {
namespace {

resus::imaging::Run data(std::uint32_t pack, std::uint32_t frame, std::uint32_t index, std::uint64_t blocks) {
  return {.kind = RunKind::kData, .blocks = blocks, .place = {.frame = {.pack = pack, .frame = frame}, .index = index}};
}

TEST(DiskMap, MergesRunsThatContinueEachOther) {
  DiskMap map(10 * kBlockBytes);
  map.append(data(1, 2, 0, 3));
  map.append(data(1, 2, 3, 1));
  map.append(data(1, 3, 4, 1));
  map.append({.kind = RunKind::kZero, .blocks = 2});
  map.append({.kind = RunKind::kZero, .blocks = 3});
  EXPECT_EQ(map.runs(), (std::vector<resus::imaging::Run>{data(1, 2, 0, 4), data(1, 3, 4, 1), {.kind = RunKind::kZero, .blocks = 5}}));
}

TEST(DiskMap, RandomMapsReadBackAsTheyWere) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  DiskMap map(3000 * kBlockBytes - 100);
  while (map.mapped_blocks() < 3000) {
    const auto blocks = std::min<std::uint64_t>(1 + random() % 200, 3000 - map.mapped_blocks());
    const auto kind = static_cast<RunKind>(random() % 4);
    if (kind == RunKind::kData) {
      const auto before = map.runs().size();
      map.append(data(1, static_cast<std::uint32_t>(before), static_cast<std::uint32_t>(random() % 56), blocks));
    } else {
      map.append({.kind = kind, .blocks = blocks});
    }
  }
  map.add_unreadable({.offset_bytes = 512, .length_bytes = 512, .cause = ReadCause::kMedium});
  map.add_unreadable({.offset_bytes = 1024, .length_bytes = 512, .cause = ReadCause::kTimeout});
  const auto again = DiskMap::decode(map.encode()).value();
  EXPECT_EQ(again.runs(), map.runs());
  EXPECT_EQ(again.unreadable(), map.unreadable());
  EXPECT_EQ(again.disk_bytes(), map.disk_bytes());
}

TEST(DiskMap, IsOfVersionTwoWhereSomethingWasNotTried) {
  DiskMap map(2 * kBlockBytes);
  map.append({.kind = RunKind::kUnreadable, .blocks = 2});
  map.add_unreadable({.offset_bytes = 0, .length_bytes = 512, .cause = ReadCause::kMedium});
  EXPECT_EQ(map.encode()[8], '\1');
  map.add_unreadable({.offset_bytes = 512, .length_bytes = 2 * kBlockBytes - 512, .cause = ReadCause::kNotTried});
  EXPECT_EQ(map.encode()[8], '\2');
  EXPECT_EQ(DiskMap::decode(map.encode()).value().unreadable(), map.unreadable());
}

TEST(DiskMap, EveryFlippedByteIsFound) {
  DiskMap map(2 * kBlockBytes);
  map.append(data(1, 0, 0, 2));
  const auto good = map.encode();
  for (std::size_t i = 0; i < good.size(); ++i) {
    auto bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 1);
    EXPECT_FALSE(DiskMap::decode(bad)) << i;
    EXPECT_FALSE(DiskMap::decode(good.substr(0, i))) << i;
  }
}

TEST(DiskMap, ThatDoesNotCoverTheDiskIsRefused) {
  DiskMap map(3 * kBlockBytes);
  map.append(data(1, 0, 0, 2));
  EXPECT_EQ(DiskMap::decode(map.encode()).error().code, hw::Code::kBadInput);
}

TEST(DeployPlan, ReadsBackAndFindsEveryFlippedByte) {
  DeployPlan plan(TreeRoot{}, TreeRoot{zero_block_id()}, 10 * kBlockBytes);
  plan.append(PlanKind::kKeep, 2);
  plan.append(PlanKind::kWrite, 3);
  plan.append(PlanKind::kZero, 5);
  const auto good = plan.encode();
  EXPECT_EQ(DeployPlan::decode(good).value(), plan);
  for (std::size_t i = 0; i < good.size(); ++i) {
    auto bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 1);
    EXPECT_FALSE(DeployPlan::decode(bad)) << i;
  }
}

}  // namespace
}  // namespace resus::imaging
