#include "imaging/block.hpp"

#include <gtest/gtest.h>

#include "tests/support/disk_content.hpp"

namespace resus::imaging {
namespace {

/// FORMAT.md section 2, by the letter: whole levels in memory.
TreeRoot plain_root(std::uint64_t disk_bytes, std::vector<Digest> level) {
  for (std::uint8_t number = 1; level.size() > 1 || number <= 2; ++number) {
    std::vector<Digest> above;
    for (std::size_t i = 0; i < level.size(); i += 16) {
      above.push_back(tree_node(number, std::span(level).subspan(i, std::min<std::size_t>(16, level.size() - i))));
    }
    level = std::move(above);
  }
  std::string message(1, '\x02');
  for (int i = 0; i < 8; ++i) message.push_back(static_cast<char>(disk_bytes >> (8 * i) & 0xff));
  message.append(reinterpret_cast<const char*>(level[0].bytes.data()), 32);
  return TreeRoot{sha256(std::as_bytes(std::span(message)))};
}

std::vector<BlockId> leaves_of(std::size_t count) {
  std::vector<BlockId> leaves(count);
  for (std::size_t i = 0; i < count; ++i) leaves[i] = block_id(std::as_bytes(std::span(&i, 1)));
  return leaves;
}

class TreeOfSize : public testing::TestWithParam<std::size_t> {};

TEST_P(TreeOfSize, IsTheTreeOfTheFormatAndFollowsFromItsSegmentNodes) {
  const auto leaves = leaves_of(GetParam());
  const auto disk_bytes = GetParam() * kBlockBytes - 7;
  TreeBuilder tree(disk_bytes, true);
  for (const auto& leaf : leaves) tree.add(leaf);
  const auto root = tree.finish().value();
  EXPECT_EQ(root, plain_root(disk_bytes, {leaves.begin(), leaves.end()}));
  EXPECT_EQ(root, root_from_segment_nodes(disk_bytes, tree.segment_nodes()).value());
  const auto first = std::span(leaves).first(std::min(leaves.size(), kBlocksPerSegment));
  EXPECT_EQ(tree.segment_nodes().front(), segment_node(first));
}
INSTANTIATE_TEST_SUITE_P(Blocks, TreeOfSize,
                         testing::Values(1, 2, 15, 16, 17, 255, 256, 257, 4095, 4096, 4097, 5000));

TEST(Tree, OfTooFewLeavesIsRefused) {
  TreeBuilder tree(3 * kBlockBytes);
  tree.add(zero_block_id());
  EXPECT_FALSE(tree.finish());
}

TEST(Block, IdIsPlainSha256) {
  const auto bytes = test::random_bytes(kBlockBytes, 1);
  EXPECT_EQ(static_cast<const Digest&>(block_id(bytes)), test::sha256_of(bytes));
}

TEST(Block, ZeroTestSeesEveryByte) {
  std::vector<std::byte> bytes(kBlockBytes);
  EXPECT_TRUE(is_zero(bytes));
  for (const std::size_t at : {std::size_t{0}, std::size_t{1}, kBlockBytes / 2, kBlockBytes - 1}) {
    bytes[at] = std::byte{1};
    EXPECT_FALSE(is_zero(bytes)) << at;
    bytes[at] = std::byte{0};
  }
}

TEST(Digest, HexReadsBackAndRefusesOtherText) {
  const auto digest = sha256(test::random_bytes(10, 2));
  EXPECT_EQ(digest_from_hex(to_hex(digest)).value(), digest);
  EXPECT_FALSE(digest_from_hex(to_hex(digest).substr(1)));
  EXPECT_FALSE(digest_from_hex(std::string(64, 'G')));
}

}  // namespace
}  // namespace resus::imaging
