#include "imaging/known_blocks.hpp"

#include <cstring>
#include <mutex>
#include <random>

namespace resus::imaging {
namespace {

// A place in 64 bits: golden(1) pack(23) frame(32) index(8). Pack numbers begin at 1, so no place is 0.
constexpr std::uint64_t kKeepBit = 1ull << 63;
constexpr std::uint32_t kMaxPack = (1u << 23) - 1;
/// Stands where an entry was forgotten; pack 0 does not exist.
constexpr std::uint64_t kForgotten = 1;
constexpr std::size_t kFirstEntries = 1024;
/// How far from its home a new entry looks for one it may replace.
constexpr std::size_t kReplaceReach = 16;
/// Entries that may share their eight bytes: the first and the newest copy of a block. A golden image can
/// hold one block a hundred thousand times.
constexpr std::size_t kTwins = 2;

std::uint64_t pack_place(const BlockPlace& place) {
  return std::uint64_t{place.frame.pack} << 40 | std::uint64_t{place.frame.frame} << 8 | place.index;
}

BlockPlace unpack_place(std::uint64_t place) {
  return {.frame = {.pack = static_cast<std::uint32_t>(place >> 40) & kMaxPack,
                    .frame = static_cast<std::uint32_t>(place >> 8)},
          .index = static_cast<std::uint32_t>(place & 0xff)};
}

std::size_t home_of(std::uint64_t key, std::size_t capacity) {
  return static_cast<std::size_t>((key >> 32) * capacity >> 32);  // a shard has fewer than 2^32 entries
}

}  // namespace

MemoryKnownBlocks::MemoryKnownBlocks(IdSource& ids, std::uint64_t budget_bytes)
    : ids_(ids),
      shard_limit_(std::max<std::uint64_t>(budget_bytes / sizeof(Entry) / kShards, 64)),
      salt_(std::random_device{}() * 0x9E3779B97F4A7C15ull | 1),
      shards_(kShards) {}

std::uint64_t MemoryKnownBlocks::key_of(const BlockId& id) const {
  std::uint64_t prefix = 0;
  std::memcpy(&prefix, id.bytes.data(), sizeof prefix);
  // A bijection nobody outside knows, so that no disk can be made whose blocks all fall into one place.
  prefix ^= salt_;
  prefix *= 0x9E3779B97F4A7C15ull;
  return prefix ^ (prefix >> 32);
}

void MemoryKnownBlocks::candidates(std::uint64_t key, std::vector<BlockPlace>& out) {
  const auto& entries = shard_of(key).entries;
  if (entries.empty()) return;
  auto at = home_of(key, entries.size());
  for (std::size_t steps = 0; steps < entries.size() && entries[at].place != 0; ++steps) {
    if (entries[at].prefix == key && entries[at].place != kForgotten) out.push_back(unpack_place(entries[at].place));
    if (++at == entries.size()) at = 0;
  }
}

void MemoryKnownBlocks::lookup(std::span<const BlockId> ids, std::span<std::optional<BlockPlace>> places) {
  thread_local std::vector<BlockPlace> found;
  thread_local std::vector<std::size_t> ends;
  found.clear();
  ends.clear();
  {
    const std::shared_lock lock(mutex_);
    for (const auto& id : ids) {
      candidates(key_of(id), found);
      ends.push_back(found.size());
    }
  }
  // Comparing whole ids may read from disk: outside the lock. Neighbours mostly share a frame.
  FrameRef last{};
  std::shared_ptr<const std::vector<BlockId>> last_ids;
  std::size_t next = 0;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    places[i].reset();
    for (; next < ends[i]; ++next) {
      const auto& place = found[next];
      if (!last_ids || place.frame != last) {
        last = place.frame;
        last_ids = ids_.ids_of(last);
      }
      if (last_ids && place.index < last_ids->size() && (*last_ids)[place.index] == ids[i]) places[i] = place;
    }
  }
}

void MemoryKnownBlocks::grow(Shard& shard) {
  const auto larger = std::max<std::uint64_t>(kFirstEntries / kShards, shard.entries.size() * 2);
  std::vector<Entry> old(std::min<std::uint64_t>(larger, shard_limit_));
  old.swap(shard.entries);
  shard.used = 0;
  for (const auto& entry : old) {
    if (entry.place != 0 && entry.place != kForgotten) put(shard, entry);
  }
}

void MemoryKnownBlocks::replace_one(Shard& shard, const Entry& entry) {
  auto at = home_of(entry.prefix, shard.entries.size());
  for (std::size_t steps = 0; steps < kReplaceReach && shard.entries[at].place != 0; ++steps) {
    if ((shard.entries[at].place & kKeepBit) == 0) {
      shard.entries[at] = entry;
      return;
    }
    if (++at == shard.entries.size()) at = 0;
  }
}

bool MemoryKnownBlocks::put_beside_twins(Shard& shard, const Entry& entry) {
  if (shard.entries.empty()) return false;
  std::size_t twins = 0;
  auto at = home_of(entry.prefix, shard.entries.size());
  while (shard.entries[at].place != 0) {
    auto& there = shard.entries[at];
    if (there.prefix == entry.prefix && (there.place == kForgotten || ++twins == kTwins)) {
      there = entry;
      return true;
    }
    if (++at == shard.entries.size()) at = 0;
  }
  return false;
}

void MemoryKnownBlocks::put(Shard& shard, const Entry& entry) {
  if (put_beside_twins(shard, entry)) return;
  if (shard.used * 4 >= shard.entries.size() * 3) {
    if (shard.entries.size() >= shard_limit_) return replace_one(shard, entry);
    grow(shard);
  }
  auto at = home_of(entry.prefix, shard.entries.size());
  while (shard.entries[at].place != 0) {
    if (++at == shard.entries.size()) at = 0;
  }
  shard.entries[at] = entry;
  ++shard.used;
}

void MemoryKnownBlocks::insert(std::span<const BlockId> ids, const FrameRef& frame, bool keep) {
  if (frame.pack == 0 || frame.pack > kMaxPack) return;
  const std::unique_lock lock(mutex_);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (ids[i] == zero_block_id()) continue;
    const auto place = pack_place({.frame = frame, .index = static_cast<std::uint32_t>(i)});
    const auto key = key_of(ids[i]);
    put(shard_of(key), {.prefix = key, .place = keep ? place | kKeepBit : place});
  }
}

void MemoryKnownBlocks::forget(std::span<const BlockId> ids, const FrameRef& frame) {
  const std::unique_lock lock(mutex_);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const auto key = key_of(ids[i]);
    const auto place = pack_place({.frame = frame, .index = static_cast<std::uint32_t>(i)});
    auto& entries = shard_of(key).entries;
    if (entries.empty()) continue;
    auto at = home_of(key, entries.size());
    for (std::size_t steps = 0; steps < entries.size() && entries[at].place != 0; ++steps) {
      if ((entries[at].place & ~kKeepBit) == place) entries[at].place = kForgotten;
      if (++at == entries.size()) at = 0;
    }
  }
}

std::uint64_t MemoryKnownBlocks::size() const {
  const std::shared_lock lock(mutex_);
  std::uint64_t total = 0;
  for (const auto& shard : shards_) total += shard.used;
  return total;
}

}  // namespace resus::imaging
