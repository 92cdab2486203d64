#include "imaging/session_map.hpp"

#include <algorithm>

namespace resus::imaging {

void SessionMap::add(const Stretch& next) {
  if (adding_ == &stretches_) ++blocks_;
  if (!adding_->empty()) {
    auto& last = adding_->back();
    const bool same = last.source == next.source && last.kind == next.kind;
    const bool follows =
        next.source == Source::kNone ||
        (next.source == Source::kStored && last.place.frame == next.place.frame &&
         last.place.index + last.blocks == next.place.index) ||
        ((next.source == Source::kOwn || next.source == Source::kBorrowed) && last.number + last.blocks == next.number);
    if (same && follows) {
      ++last.blocks;
      return;
    }
  }
  adding_->push_back(next);
}

void SessionMap::hold_back(std::uint64_t blocks) {
  stretches_.push_back({.source = Source::kHeldBack, .blocks = blocks, .number = blocks_});
  blocks_ += blocks;
}

void SessionMap::begin_late(std::uint64_t first_block) { adding_ = &late_[first_block]; }

void SessionMap::add_borrowed(const BlockId& id) {
  add({.source = Source::kBorrowed, .number = borrowed_++});
  waiting_.push_back(id);
}

void SessionMap::delivered(std::uint64_t first_sequence, std::uint64_t count, const FrameRef& frame) {
  delivered_.push_back({.first = first_sequence, .count = count, .place = {.frame = frame, .index = 0}});
}

void SessionMap::settle(const std::function<Ledger::Arrival(const BlockId&)>& arrival_of) {
  while (!waiting_.empty()) {
    const auto arrival = arrival_of(waiting_.front());
    if (!arrival.place) return;
    const auto number = borrowed_ - waiting_.size();
    waiting_.pop_front();
    if (!arrived_.empty()) {
      auto& last = arrived_.back();
      if (last.place.frame == arrival.place->frame && last.place.index + last.count == arrival.place->index) {
        ++last.count;
        continue;
      }
    }
    arrived_.push_back({.first = number, .count = 1, .place = *arrival.place});
  }
}

Result<void> SessionMap::place_all(DiskMap& map, const Stretch& stretch, const std::vector<Arrived>& arrived) {
  auto number = stretch.number;
  auto left = stretch.blocks;
  while (left > 0) {
    const auto behind = std::ranges::upper_bound(arrived, number, {}, &Arrived::first);
    if (behind == arrived.begin() || number >= std::prev(behind)->first + std::prev(behind)->count) {
      return hw::fail(hw::Code::kEvidenceIncomplete,
                      "block " + std::to_string(map.mapped_blocks()) + " was asked for and not delivered");
    }
    const auto& part = *std::prev(behind);
    const auto into = number - part.first;
    const auto count = std::min(left, part.count - into);
    map.append({.kind = RunKind::kData,
                .blocks = count,
                .place = {.frame = part.place.frame, .index = part.place.index + static_cast<std::uint32_t>(into)}});
    number += count;
    left -= count;
  }
  return hw::success();
}

Result<void> SessionMap::place(DiskMap& map, const Stretch& stretch, const std::vector<Arrived>& own) const {
  if (stretch.source == Source::kOwn) return place_all(map, stretch, own);
  if (stretch.source == Source::kBorrowed) return place_all(map, stretch, arrived_);
  map.append({.kind = stretch.kind, .blocks = stretch.blocks, .place = stretch.place});
  return hw::success();
}

Result<DiskMap> SessionMap::finish() const {
  if (blocks_ != block_count(disk_bytes_)) {
    return hw::fail(hw::Code::kEvidenceIncomplete, std::to_string(blocks_) + " of " +
                                                       std::to_string(block_count(disk_bytes_)) +
                                                       " blocks were offered");
  }
  auto own = delivered_;
  std::ranges::sort(own, {}, &Arrived::first);
  DiskMap map(disk_bytes_);
  for (const auto& stretch : stretches_) {
    if (stretch.source != Source::kHeldBack) {
      RESUS_TRY(place(map, stretch, own));
      continue;
    }
    const auto late = late_.find(stretch.number);
    if (late == late_.end()) {
      return hw::fail(hw::Code::kEvidenceIncomplete, "block " + std::to_string(stretch.number) + " was held back and never offered");
    }
    for (const auto& part : late->second) {
      RESUS_TRY(place(map, part, own));
    }
  }
  auto unreadable = unreadable_;
  merge_unreadable(unreadable);
  for (const auto& range : unreadable) map.add_unreadable(range);
  return map;
}

}  // namespace resus::imaging
