#pragma once
// Which of the segments that the first sweep left out are read next.
#include <cstdint>
#include <optional>
#include <vector>

#include "imaging/rescue_budget.hpp"

namespace resus::imaging {

/// Neighbouring segments.
struct SegmentRange {
  std::uint64_t first = 0;
  std::uint64_t count = 0;
  auto operator<=>(const SegmentRange&) const = default;
};

/// Goes over the gaps backward, forward and backward again, a segment at a time, each time leaving out more behind
/// every failure: the far edge of a dead region is found from behind, and what lies between two of them from within.
/// Sans-I/O. Threads: one. Source: GNU ddrescue manual, chapter "Algorithm", passes 2 to 4 of the first phase.
class GapPasses {
 public:
  static constexpr unsigned kPasses = 3;
  explicit GapPasses(std::vector<SegmentRange> gaps);
  /// The segment to read now, or nothing: done.
  [[nodiscard]] std::optional<std::uint64_t> next() const;
  /// How the read of next() went.
  void report(bool read);
  /// Segments that were read without success, in the order they failed.
  [[nodiscard]] const std::vector<std::uint64_t>& failed() const { return failed_; }
  /// What nobody has tried, ascending. @pre next() is empty, or the caller stops here.
  [[nodiscard]] std::vector<SegmentRange> untried() const;

 private:
  [[nodiscard]] bool backward() const { return pass_ % 2 == 0; }
  void leave_out(std::uint64_t segments);
  void settle();

  unsigned pass_ = 0;
  std::vector<SegmentRange> gaps_;     ///< of this pass; gaps_[at_] shrinks from the side it is read from
  std::size_t at_ = 0;
  std::uint64_t skip_ = 1;             ///< segments
  std::vector<SegmentRange> left_out_; ///< of this pass: the next one's gaps
  std::vector<std::uint64_t> failed_;
};

}  // namespace resus::imaging
