#include "imaging/scattered_tree.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace resus::imaging {
namespace {

TEST(ScatteredTree, GivesTheSameRootInEveryOrder) {
  for (const std::uint64_t segments : {1, 2, 15, 16, 17, 255, 256, 257, 300, 4097}) {
    const auto disk_bytes = segments * kSegmentBytes - 5000;
    std::vector<Digest> nodes(segments);
    std::vector<std::uint64_t> order(segments);
    for (std::uint64_t i = 0; i < segments; ++i) {
      nodes[i].bytes[0] = static_cast<std::uint8_t>(i);
      nodes[i].bytes[1] = static_cast<std::uint8_t>(i >> 8);
      order[i] = i;
    }
    const auto expected = root_from_segment_nodes(disk_bytes, nodes).value();
    for (unsigned seed = 0; seed < 4; ++seed) {
      if (seed > 0) std::ranges::shuffle(order, std::mt19937(seed));
      ScatteredTree tree(disk_bytes);
      for (const auto segment : order) tree.add(segment, nodes[segment]);
      EXPECT_EQ(tree.finish().value(), expected) << segments << " segments, seed " << seed;
    }
  }
}

TEST(ScatteredTree, HasNoRootWhileASegmentIsMissing) {
  ScatteredTree tree(3 * kSegmentBytes);
  tree.add(2, {});
  tree.add(0, {});
  EXPECT_EQ(tree.finish().error().code, hw::Code::kInternal);
}

}  // namespace
}  // namespace resus::imaging
