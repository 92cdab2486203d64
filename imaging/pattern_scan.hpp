#pragma once
// Finds one byte pattern in blocks, each looked at once, wherever and next to whatever they lie on a disk.
#include <span>
#include <string>
#include <vector>

#include "imaging/block.hpp"

namespace resus::imaging {

/// What of the pattern may go on beyond a block's borders.
struct BlockEdges {
  std::uint16_t tail = 0;  ///< the block ends with this much of the pattern's beginning; the longest
  std::uint16_t head = 0;  ///< the block begins with this much of the pattern's end; the longest
  [[nodiscard]] bool any() const { return tail != 0 || head != 0; }
};

/// Shorter lengths than the longest follow from the pattern itself (Knuth, Morris, Pratt: its borders), so that two
/// numbers a block are enough to know every occurrence across the border of any two blocks. Threads: any.
class PatternScan {
 public:
  static constexpr std::size_t kLeast = 4, kMost = kBlockBytes;
  /// Errors: kUsage for less than 4 or more than 4096 bytes, or nothing but zeros.
  [[nodiscard]] static Result<PatternScan> of(std::string pattern);
  /// Calls `found(offset)` for each occurrence within the block.
  template <class Found>
  void each_within(std::span<const std::byte> block, Found found) const {
    for (std::size_t at = next(block, 0); at < block.size(); at = next(block, at + 1)) found(at);
  }
  [[nodiscard]] BlockEdges edges(std::span<const std::byte> block) const;
  /// How many bytes before the border the pattern begins, for each occurrence across it, longest first.
  [[nodiscard]] std::vector<std::uint16_t> across(std::uint16_t tail, std::uint16_t head) const;
  [[nodiscard]] const std::string& pattern() const { return pattern_; }

 private:
  explicit PatternScan(std::string pattern);
  /// block.size() when there is none.
  [[nodiscard]] std::size_t next(std::span<const std::byte> block, std::size_t from) const;
  std::string pattern_, reversed_;
  std::vector<std::uint16_t> borders_, reversed_borders_;  ///< [n]: longest proper border of the first n bytes
};

}  // namespace resus::imaging
