#include "imaging/subtraction.hpp"

#include <algorithm>
#include <cstring>

#include "imaging/id_walk.hpp"

namespace resus::imaging {
namespace {

constexpr std::uint64_t kStopEveryBlocks = 1 << 16;

/// Half an id is enough: to make a block that shares it with one of a golden image takes 2^128 / blocks tries.
using HalfId = std::array<std::uint64_t, 2>;

HalfId half_of(const BlockId& id) {
  HalfId half;
  std::memcpy(half.data(), id.bytes.data(), sizeof half);
  return half;
}

std::uint64_t pass_of(const BlockId& id, std::uint64_t passes) {
  std::uint64_t tail = 0;
  std::memcpy(&tail, id.bytes.data() + sizeof(HalfId), sizeof tail);
  return tail % passes;
}

Result<void> go_on(const IdWalk& walk, const std::stop_token& stop) {
  if (stop.stop_requested()) return hw::fail(hw::Code::kCancelled, "the comparison was stopped");
  if (!walk.damaged()) return hw::success();
  return hw::fail(hw::Code::kEvidenceDamaged, "the ids of pack " + std::to_string(walk.damaged()->pack) + " frame " +
                                                  std::to_string(walk.damaged()->frame) + " cannot be read");
}

/// One subtraction. Threads: one.
class Subtract {
 public:
  Subtract(Packs& packs, const DiskMap& disk, const DiskMap& golden, const std::stop_token& stop)
      : packs_(packs), disk_(disk), golden_(golden), stop_(stop), elsewhere_(block_count(disk.disk_bytes())) {}

  /// Marks what the golden image holds at another place. Some of its ids at a time.
  Result<void> find_elsewhere(std::uint64_t passes) {
    for (std::uint64_t pass = 0; pass < passes; ++pass) {
      RESUS_TRY(const auto known, golden_ids(pass, passes));
      RESUS_TRY(each([&](std::uint64_t block, Subtracted kind, const std::optional<BlockId>& id) {
        if (kind != Subtracted::kNotGolden || pass_of(*id, passes) != pass) return;
        if (std::ranges::binary_search(known, half_of(*id))) elsewhere_[block] = true;
      }));
    }
    return hw::success();
  }

  Result<Subtraction> result() {
    Subtraction runs(disk_.disk_bytes());
    RESUS_TRY(each([&](std::uint64_t, Subtracted kind, const std::optional<BlockId>&) { runs.append(kind); }));
    return runs;
  }

 private:
  Subtracted kind_of(std::uint64_t block, RunKind kept, const std::optional<BlockId>& id,
                     const std::optional<BlockId>& wanted) const {
    if (!id) return Subtracted::kUnreadable;
    if (wanted && *id == *wanted) return Subtracted::kSame;
    if (kept == RunKind::kZero) return Subtracted::kEmpty;
    return elsewhere_[block] ? Subtracted::kElsewhere : Subtracted::kNotGolden;
  }

  /// Calls `take(block, kind, id)` for every block of the disk.
  template <class Take>
  Result<void> each(Take take) {
    IdWalk disk(packs_, disk_);
    IdWalk golden(packs_, golden_);
    for (std::uint64_t block = 0; block < elsewhere_.size(); ++block) {
      const auto id = disk.next();
      const auto wanted = golden.next();
      take(block, kind_of(block, disk.kind(), id, wanted), id);
      if (block % kStopEveryBlocks == 0) {
        RESUS_TRY(go_on(disk, stop_));
      }
    }
    RESUS_TRY(go_on(golden, stop_));
    return go_on(disk, stop_);
  }

  Result<std::vector<HalfId>> golden_ids(std::uint64_t pass, std::uint64_t passes) {
    std::vector<HalfId> ids;
    IdWalk golden(packs_, golden_);
    for (std::uint64_t block = 0; block < block_count(golden_.disk_bytes()); ++block) {
      const auto id = golden.next();
      if (id && *id != zero_block_id() && pass_of(*id, passes) == pass) ids.push_back(half_of(*id));
      if (block % kStopEveryBlocks == 0) {
        RESUS_TRY(go_on(golden, stop_));
      }
    }
    RESUS_TRY(go_on(golden, stop_));
    std::ranges::sort(ids);
    return ids;
  }

  Packs& packs_;
  const DiskMap& disk_;
  const DiskMap& golden_;
  const std::stop_token& stop_;
  std::vector<bool> elsewhere_;
};

}  // namespace

void Subtraction::append(Subtracted kind) {
  if (runs_.empty() || runs_.back().kind != kind) runs_.push_back({.kind = kind, .first_block = blocks_, .blocks = 0});
  ++runs_.back().blocks;
  ++blocks_;
}

void Subtraction::each_in(ByteRange range, const std::function<void(Subtracted, ByteRange)>& take) const {
  const auto end = std::min(range.offset_bytes + range.length_bytes, disk_bytes_);
  auto run = std::ranges::upper_bound(runs_, range.offset_bytes / kBlockBytes, {}, &SubtractedRun::first_block);
  if (run != runs_.begin()) --run;
  for (; run != runs_.end() && run->first_block * kBlockBytes < end; ++run) {
    const auto from = std::max(run->first_block * kBlockBytes, range.offset_bytes);
    const auto to = std::min((run->first_block + run->blocks) * kBlockBytes, end);
    if (from < to) take(run->kind, {.offset_bytes = from, .length_bytes = to - from});
  }
}

std::array<std::uint64_t, kSubtractedKinds> Subtraction::bytes_in(ByteRange range) const {
  std::array<std::uint64_t, kSubtractedKinds> bytes{};
  each_in(range, [&](Subtracted kind, ByteRange part) { bytes[static_cast<std::size_t>(kind)] += part.length_bytes; });
  return bytes;
}

std::vector<ByteRange> Subtraction::ranges_in(ByteRange range, Subtracted wanted) const {
  std::vector<ByteRange> ranges;
  each_in(range, [&](Subtracted kind, ByteRange part) {
    if (kind == wanted) ranges.push_back(part);
  });
  return ranges;
}

bool Subtraction::all_same(ByteRange range) const {
  bool same = true;
  each_in(range, [&](Subtracted kind, ByteRange) { same = same && kind == Subtracted::kSame; });
  return same;
}

Result<Subtraction> subtract(Packs& packs, const DiskMap& disk, const DiskMap& golden, std::uint64_t memory_bytes,
                             const std::stop_token& stop) {
  Subtract work(packs, disk, golden, stop);
  const auto wanted = block_count(golden.disk_bytes()) * sizeof(HalfId);
  RESUS_TRY(work.find_elsewhere(wanted / std::max<std::uint64_t>(memory_bytes, sizeof(HalfId)) + 1));
  return work.result();
}

}  // namespace resus::imaging
