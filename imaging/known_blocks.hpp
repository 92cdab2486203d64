#pragma once
// Which blocks the store has, and where. The seam behind which an index larger than memory can stand.
#include <cstdint>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <span>
#include <vector>

#include "imaging/disk_map.hpp"

namespace resus::imaging {

/// Ids as the packs themselves hold them, for confirming what a short index entry suggests.
class IdSource {
 public:
  virtual ~IdSource() = default;
  /// Null when the frame is not there or damaged. Threads: any.
  [[nodiscard]] virtual std::shared_ptr<const std::vector<BlockId>> ids_of(const FrameRef& frame) = 0;
};

/// Forgetting is allowed at any time (a block is then stored once more), inventing never: a place that is
/// given holds exactly this block. Threads: any.
class KnownBlocks {
 public:
  virtual ~KnownBlocks() = default;
  /// One result an id. @pre places.size() == ids.size()
  virtual void lookup(std::span<const BlockId> ids, std::span<std::optional<BlockPlace>> places) = 0;
  /// ids[i] is block i of `frame`. `keep` marks golden images: never forgotten for want of memory.
  virtual void insert(std::span<const BlockId> ids, const FrameRef& frame, bool keep) = 0;
  /// The frame turned out damaged: its blocks are unknown from now on.
  virtual void forget(std::span<const BlockId> ids, const FrameRef& frame) = 0;
  [[nodiscard]] virtual std::uint64_t size() const = 0;
};

/// Open addressing in memory, 16 bytes an entry: 8 bytes of the id and the place. The whole id is compared
/// in the pack's id frame, so that blocks made to share 8 bytes cannot pass for each other. When the budget
/// is used up a new entry replaces an old one that is not of a golden image.
class MemoryKnownBlocks final : public KnownBlocks {
 public:
  /// `ids` outlives the index. Errors: none; packs beyond 2^23 are not indexed.
  MemoryKnownBlocks(IdSource& ids, std::uint64_t budget_bytes);
  void lookup(std::span<const BlockId> ids, std::span<std::optional<BlockPlace>> places) override;
  void insert(std::span<const BlockId> ids, const FrameRef& frame, bool keep) override;
  void forget(std::span<const BlockId> ids, const FrameRef& frame) override;
  [[nodiscard]] std::uint64_t size() const override;
  /// A new entry would mostly replace an old one.
  [[nodiscard]] bool full() const { return size() * 4 >= shard_limit_ * kShards * 3; }

 private:
  struct Entry {
    std::uint64_t prefix = 0;
    std::uint64_t place = 0;  ///< 0: empty
  };
  /// Grown on its own, so that growing never needs the whole table twice.
  struct Shard {
    std::vector<Entry> entries;
    std::uint64_t used = 0;
  };
  static constexpr std::size_t kShards = 64;

  [[nodiscard]] std::uint64_t key_of(const BlockId& id) const;
  [[nodiscard]] Shard& shard_of(std::uint64_t key) { return shards_[key & (kShards - 1)]; }
  void put(Shard& shard, const Entry& entry);
  [[nodiscard]] bool put_beside_twins(Shard& shard, const Entry& entry);
  void grow(Shard& shard);
  void replace_one(Shard& shard, const Entry& entry);
  void candidates(std::uint64_t key, std::vector<BlockPlace>& out);

  IdSource& ids_;
  const std::uint64_t shard_limit_;  ///< entries
  const std::uint64_t salt_;
  mutable std::shared_mutex mutex_;
  std::vector<Shard> shards_;
};

}  // namespace resus::imaging
