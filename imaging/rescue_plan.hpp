#pragma once
// In which order a piece of a disk that could not be read in one go is read again.
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

namespace resus::imaging {

/// Logical sectors of a disk, never bytes.
struct Extent {
  std::uint64_t first_lba = 0;
  std::uint64_t sectors = 0;
  auto operator<=>(const Extent&) const = default;
};

/// Orders the reads that rescue a bad piece: one sweep in large steps, so that everything good is in
/// hand first, then each failed step in smaller ones down to a single sector, then the sectors that
/// failed alone once more. A bad spot costs sectors, not the piece. Sans-I/O.
///
/// Errors:  a bad sector is a result (see unreadable()), never an Error. A lost device is the
///          caller's Error: it stops calling.
/// Threads: not thread-safe; owned by one reader.
/// Source:  GNU ddrescue manual, chapter "Algorithm".
class RescuePlan {
 public:
  /// `sweep`: sectors of the first steps. `retries`: further reads of a sector that failed alone.
  RescuePlan(Extent piece, std::uint64_t sweep, unsigned retries);
  /// What to read now, or nothing: done.
  [[nodiscard]] std::optional<Extent> next() const;
  /// How the read of next() went.
  void report(bool readable);
  /// Ascending and merged. @pre next() is empty.
  [[nodiscard]] const std::vector<Extent>& unreadable() const { return unreadable_; }

 private:
  struct Step {
    Extent extent;
    unsigned tries_left;
  };
  void split(const Extent& failed, std::uint64_t step);
  void give_up(const Extent& sector);
  std::uint64_t sweep_;
  unsigned retries_;
  std::deque<Step> steps_;
  std::vector<Extent> unreadable_;
};

}  // namespace resus::imaging
