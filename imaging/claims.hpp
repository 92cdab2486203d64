#pragma once
// Blocks that some acquisition was asked to deliver and has not delivered yet.
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "imaging/known_blocks.hpp"

namespace resus::imaging {

struct Claim {
  std::uint32_t session = 0;   ///< 0 is nobody
  std::uint64_t sequence = 0;  ///< counted by the session: the n-th block it was asked for
};

/// Flat table of full ids. Several sessions can hold a claim on one block. Threads: one (Ledger locks).
class ClaimTable {
 public:
  ClaimTable();
  /// The claim of `session` if it has one, otherwise that of any other.
  [[nodiscard]] std::optional<Claim> find(const BlockId& id, std::uint32_t session) const;
  void put(const BlockId& id, const Claim& claim);
  /// Only when `session` holds it.
  void erase(const BlockId& id, std::uint32_t session);
  void erase_session(std::uint32_t session);
  [[nodiscard]] std::size_t size() const { return used_; }

 private:
  struct Entry {
    BlockId id;
    Claim claim;
  };
  [[nodiscard]] std::size_t home_of(const BlockId& id) const;
  [[nodiscard]] std::size_t slot_of(const BlockId& id, std::uint32_t session) const;
  void erase_slot(std::size_t slot);
  std::vector<Entry> entries_;  ///< a power of two
  std::size_t used_ = 0;
  std::uint64_t salt_;
};

/// What an asking session is told about one block.
struct BlockAnswer {
  enum class Kind : std::uint8_t {
    kStored,    ///< `place` has it
    kMine,      ///< asked of this session earlier: `sequence`
    kBorrowed,  ///< another live session was asked for it and will deliver
    kDeliver,   ///< asked of this session now: `sequence`
  };
  Kind kind = Kind::kDeliver;
  BlockPlace place;
  std::uint64_t sequence = 0;
};

/// Known blocks and claims together. A block is claimed under one lock in which it was looked up once more,
/// and a delivered block is indexed before its claim goes: nobody finds it in neither place. Threads: any.
class Ledger {
 public:
  explicit Ledger(KnownBlocks& known) : known_(known) {}
  [[nodiscard]] std::uint32_t begin_session();
  /// Its claims are free again: the next one who offers such a block is asked for it.
  void end_session(std::uint32_t session);
  /// Sets the answers of what is known to kStored and leaves the others. True when all of it is known.
  bool look_up(std::span<const BlockId> ids, std::span<BlockAnswer> answers);
  /// Answers for whatever is not kStored yet, in order; new claims get sequence numbers from `next_sequence` on, which is
  /// advanced. Without `may_borrow` blocks which others were asked for are asked for here too (and may be stored twice).
  void claim(std::uint32_t session, std::span<const BlockId> ids, bool may_borrow, std::uint64_t& next_sequence,
           std::span<BlockAnswer> answers);
  /// The claim this session holds on a block.
  [[nodiscard]] std::optional<Claim> claim_of(std::uint32_t session, const BlockId& id) const;
  void delivered(std::uint32_t session, std::span<const BlockId> ids, const FrameRef& frame);
  /// Where a borrowed block has arrived; `pending` when its lender still lives and has not delivered.
  struct Arrival {
    std::optional<BlockPlace> place;
    bool pending = false;
  };
  [[nodiscard]] Arrival arrival_of(const BlockId& id);
  [[nodiscard]] std::uint64_t sessions() const;
  [[nodiscard]] std::uint64_t in_flight() const;

 private:
  KnownBlocks& known_;
  mutable std::mutex mutex_;
  ClaimTable claims_;
  std::uint32_t last_session_ = 0;
  std::uint64_t sessions_ = 0;
};

}  // namespace resus::imaging
