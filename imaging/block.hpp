#pragma once
// Blocks, their ids and the tree over them. imaging/FORMAT.md sections 1 and 2.
#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "hw/result.hpp"

namespace resus::imaging {

using hw::Result;

inline constexpr std::size_t kBlockBytes = 4096;
inline constexpr std::size_t kBlocksPerGroup = 16;     ///< 64 KiB: tree level 1
inline constexpr std::size_t kBlocksPerSegment = 256;  ///< 1 MiB: tree level 2, and the unit of offers
inline constexpr std::size_t kSegmentBytes = kBlockBytes * kBlocksPerSegment;

/// SHA-256 as bytes; the base of ids that must not be mixed.
struct Digest {
  std::array<std::uint8_t, 32> bytes{};
  auto operator<=>(const Digest&) const = default;
};
[[nodiscard]] std::string to_hex(const Digest& digest);
[[nodiscard]] Result<Digest> digest_from_hex(std::string_view hex);
/// Plain SHA-256 of bytes at hand. Threads: any.
[[nodiscard]] Digest sha256(std::span<const std::byte> bytes);

/// Plain SHA-256 of a block's bytes (the last block of a disk may be short and is hashed as it is).
struct BlockId : Digest {};
/// Root of the tree: the identity of a disk's content, its size included.
struct TreeRoot : Digest {};

[[nodiscard]] BlockId block_id(std::span<const std::byte> block);
/// Id of a full block of zeros.
[[nodiscard]] const BlockId& zero_block_id();
/// The leaf that stands for a block of which nothing could be read. No data hashes to it.
[[nodiscard]] const BlockId& unreadable_block_id();
[[nodiscard]] bool is_zero(std::span<const std::byte> bytes);

/// Index of a block on a disk.
enum class BlockIndex : std::uint64_t {};

/// Builds the root from leaves given in disk order, 16 children a node, in O(levels) memory.
/// Level-2 nodes (one per 1 MiB) can be collected on the way: they are the golden image's node table.
class TreeBuilder {
 public:
  explicit TreeBuilder(std::uint64_t disk_bytes, bool collect_segment_nodes = false);
  void add(const BlockId& leaf);
  /// @pre every leaf was added. Errors: kInternal otherwise.
  [[nodiscard]] Result<TreeRoot> finish();
  /// @pre collect_segment_nodes, after finish().
  [[nodiscard]] const std::vector<Digest>& segment_nodes() const;

 private:
  void push(std::size_t level, const Digest& node);
  void close_level(std::size_t level);
  std::uint64_t disk_bytes_;
  std::uint64_t expected_leaves_;
  std::uint64_t added_ = 0;
  bool collect_;
  std::vector<std::vector<Digest>> levels_;
  std::vector<Digest> segment_nodes_;
};

/// Node over up to 16 children at `level` (1 = children are leaves).
[[nodiscard]] Digest tree_node(std::uint8_t level, std::span<const Digest> children);
/// Level-2 node of one segment's leaves (1 to 256 of them).
[[nodiscard]] Digest segment_node(std::span<const BlockId> leaves);
/// Root from level-2 nodes alone. Errors: kBadInput if the count does not fit the size.
[[nodiscard]] Result<TreeRoot> root_from_segment_nodes(std::uint64_t disk_bytes, std::span<const Digest> nodes);
/// Root from the tree's single highest node.
[[nodiscard]] TreeRoot root_from_top_node(std::uint64_t disk_bytes, const Digest& top);
[[nodiscard]] std::uint64_t block_count(std::uint64_t disk_bytes);
[[nodiscard]] std::uint64_t segment_count(std::uint64_t disk_bytes);

}  // namespace resus::imaging
