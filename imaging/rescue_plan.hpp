#pragma once
// In which order pieces of a disk that could not be read in one go are read again.
#include <cstdint>
#include <optional>
#include <vector>

#include "imaging/disk_map.hpp"

namespace resus::imaging {

/// Logical sectors of a disk, never bytes.
struct Extent {
  std::uint64_t first_lba = 0;
  std::uint64_t sectors = 0;
  auto operator<=>(const Extent&) const = default;
};

/// Sectors that could not be read, and why.
struct LostExtent {
  Extent extent;
  ReadCause cause = ReadCause::kMedium;
  auto operator<=>(const LostExtent&) const = default;
};

/// How a read of the plan went.
enum class RescueRead : std::uint8_t { kRead, kMedium, kTimeout };

/// Orders the reads that rescue bad pieces: everything good first. At each size of step (64 KiB, a physical sector, a
/// logical sector) first both edges of every bad place, inward until a step fails (ddrescue calls it trimming), then
/// what lies between (scraping), then the next smaller step; at last the sectors that failed alone once more.
/// A bad spot costs sectors, not the piece. Sans-I/O.
///
/// Errors:  a bad sector is a result (see lost()), never an Error. A lost device is the caller's.
/// Threads: not thread-safe; owned by one reader.
/// Source:  GNU ddrescue manual, chapter "Algorithm".
class RescuePlan {
 public:
  struct Steps {
    std::uint64_t sweep = 128;   ///< sectors of the first steps
    std::uint64_t physical = 1;  ///< logical sectors in a physical one: they fail together
    unsigned retries = 1;        ///< further reads of a sector that failed
  };
  /// @pre pieces ascend and do not overlap; neighbouring ones are one place.
  RescuePlan(const std::vector<Extent>& pieces, const Steps& steps);
  /// What to read now, or nothing: done.
  [[nodiscard]] std::optional<Extent> next() const;
  void report(RescueRead outcome);
  /// Ends the plan: what was not read is lost for `cause`, but for sectors whose own reads failed already.
  void give_up(ReadCause cause);
  /// Ascending, merged where the cause is the same. @pre next() is empty.
  [[nodiscard]] const std::vector<LostExtent>& lost() const { return lost_; }

 private:
  enum class Walk : std::uint8_t { kForward, kBackward, kBetween };
  [[nodiscard]] std::uint64_t step() const { return levels_[level_]; }
  [[nodiscard]] bool last_level() const { return level_ + 1 == levels_.size(); }
  void settle();
  void next_level();

  std::vector<std::uint64_t> levels_;  ///< steps, in sectors, one pass each
  std::size_t level_ = 0;
  Walk walk_ = Walk::kForward;
  std::size_t at_ = 0;
  // Cause kNotTried until a read of the single sector has failed.
  std::vector<LostExtent> places_;  ///< of this level, not read yet at its step
  std::vector<LostExtent> failed_;  ///< of this level: the next one's places
  std::vector<LostExtent> lost_;
};

}  // namespace resus::imaging
