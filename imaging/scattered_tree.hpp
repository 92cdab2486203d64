#pragma once
// The root of a disk whose segments come in any order.
#include <array>
#include <cstdint>
#include <map>
#include <vector>

#include "imaging/block.hpp"

namespace resus::imaging {

/// Takes the level-2 node of each segment, in any order, and closes every node whose children are there.
/// Memory: O(levels) while they come in disk order, and 16 nodes a level for each place that is still open.
/// Threads: one.
class ScatteredTree {
 public:
  explicit ScatteredTree(std::uint64_t disk_bytes);
  /// @pre each segment once.
  void add(std::uint64_t segment, const Digest& segment_node);
  /// Errors: kInternal when a segment is missing.
  [[nodiscard]] Result<TreeRoot> finish() const;

 private:
  static constexpr std::size_t kChildren = 16;
  struct Open {
    std::array<Digest, kChildren> children;
    std::size_t there = 0;
  };
  void put(std::size_t level, std::uint64_t index, const Digest& node);

  std::uint64_t disk_bytes_;
  std::vector<std::uint64_t> counts_;                   ///< nodes a level, from level 2 to the top
  std::vector<std::map<std::uint64_t, Open>> open_;     ///< a level: nodes above it that wait for children
  std::vector<Digest> top_;                             ///< one, when all are there
};

}  // namespace resus::imaging
