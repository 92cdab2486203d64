#pragma once
// The disk map of an acquisition in progress: most blocks have no place yet when they are offered. Sans-I/O.
#include <deque>
#include <functional>
#include <map>
#include <vector>

#include "imaging/claims.hpp"
#include "imaging/disk_map.hpp"

namespace resus::imaging {

/// Blocks are added in disk order, and after the last one the parts that were held back. Memory follows fragmentation,
/// not the disk's size. Threads: one.
class SessionMap {
 public:
  explicit SessionMap(std::uint64_t disk_bytes) : disk_bytes_(disk_bytes) {}
  SessionMap(const SessionMap&) = delete;
  SessionMap& operator=(const SessionMap&) = delete;
  /// The next blocks are added later.
  void hold_back(std::uint64_t blocks);
  /// What is added from now on are the blocks held back from `first_block` on.
  /// @pre they were held back, in one call, and not begun yet.
  void begin_late(std::uint64_t first_block);
  void add_without_data(RunKind kind) { add({.source = Source::kNone, .kind = kind}); }
  void add_stored(const BlockPlace& place) { add({.source = Source::kStored, .place = place}); }
  /// The sequence-th block this session was asked for.
  void add_own(std::uint64_t sequence) { add({.source = Source::kOwn, .number = sequence}); }
  /// Another session was asked for it.
  void add_borrowed(const BlockId& id);
  void add_unreadable(const UnreadableRange& range) { unreadable_.push_back(range); }

  /// Blocks first_sequence … + count of this session are blocks 0 … of `frame`.
  void delivered(std::uint64_t first_sequence, std::uint64_t count, const FrameRef& frame);
  /// Asks for the places of borrowed blocks, oldest first, up to the first one that has not arrived.
  void settle(const std::function<Ledger::Arrival(const BlockId&)>& arrival_of);
  /// Borrowed blocks without a place, oldest first.
  [[nodiscard]] const std::deque<BlockId>& waiting() const { return waiting_; }
  [[nodiscard]] std::uint64_t blocks() const { return blocks_; }
  /// Errors: kEvidenceIncomplete when a block has no place, or the disk is not covered.
  [[nodiscard]] Result<DiskMap> finish() const;

 private:
  enum class Source : std::uint8_t { kNone, kStored, kOwn, kBorrowed, kHeldBack };
  struct Stretch {
    Source source = Source::kNone;
    RunKind kind = RunKind::kData;
    std::uint64_t blocks = 1;
    std::uint64_t number = 0;  ///< kOwn: sequence, kBorrowed: n-th borrowed block, kHeldBack: first block on the disk
    BlockPlace place = {};     ///< kStored
  };
  /// Numbers first … first + count stand at `place` and behind it.
  struct Arrived {
    std::uint64_t first = 0;
    std::uint64_t count = 0;
    BlockPlace place;
  };
  void add(const Stretch& next);
  [[nodiscard]] Result<void> place(DiskMap& map, const Stretch& stretch, const std::vector<Arrived>& own) const;
  [[nodiscard]] static Result<void> place_all(DiskMap& map, const Stretch& stretch,
                                              const std::vector<Arrived>& arrived);

  const std::uint64_t disk_bytes_;
  std::uint64_t blocks_ = 0;
  std::vector<Stretch> stretches_;
  std::map<std::uint64_t, std::vector<Stretch>> late_;  ///< by first block
  std::vector<Stretch>* adding_ = &stretches_;
  std::vector<UnreadableRange> unreadable_;
  std::vector<Arrived> delivered_;
  std::vector<Arrived> arrived_;    ///< borrowed
  std::uint64_t borrowed_ = 0;
  std::deque<BlockId> waiting_;
};

}  // namespace resus::imaging
