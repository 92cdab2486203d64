#include "imaging/labs/checked_frames.hpp"

#include <algorithm>
#include <cstring>

#include "imaging/sha256.hpp"

namespace resus::imaging {
namespace {

constexpr int kMostAhead = 8;

hw::Error damaged(const FrameRef& frame, const std::string& what) {
  return hw::make_error(hw::Code::kEvidenceDamaged, "pack " + std::to_string(frame.pack) + " frame " + std::to_string(frame.frame) + ": " + what);
}

}  // namespace

CheckedFrames::~CheckedFrames() {
  ahead_.cancel();
}

void CheckedFrames::start(unsigned threads) {
  const std::lock_guard lock(mutex_);
  for (unsigned i = 0; i < threads; ++i) threads_.emplace_back([this] { work_ahead(); });
}

std::shared_ptr<CheckedFrames::Entry> CheckedFrames::entry_of(const FrameRef& frame) {
  const std::lock_guard lock(mutex_);
  auto& entry = entries_[frame];
  if (entry) {
    recent_.splice(recent_.begin(), recent_, entry->used);
  } else {
    entry = std::make_shared<Entry>();
    recent_.push_front(frame);
    entry->used = recent_.begin();
  }
  return entry;
}

void CheckedFrames::count(Entry& entry, const FrameRef& frame, std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  // It may have been forgotten while it was read.
  if (const auto found = entries_.find(frame); found != entries_.end() && found->second.get() == &entry) {
    bytes_ += bytes - entry.bytes;
    entry.bytes = bytes;
  }
  while (bytes_ > most_bytes_ && recent_.size() > 1) {
    const auto oldest = entries_.find(recent_.back());
    bytes_ -= oldest->second->bytes;
    entries_.erase(oldest);  // who reads it still holds it
    recent_.pop_back();
  }
}

Result<std::shared_ptr<CheckedFrames::Unpacked>> CheckedFrames::load(Entry& entry, const FrameRef& frame, std::size_t front_bytes) {
  const std::lock_guard lock(entry.loading);
  const auto there = [&] { return entry.unpacked && (entry.unpacked->frame->is_whole() || entry.unpacked->frame->raw_bytes >= front_bytes); };
  if (!entry.error && !there()) {
    auto loaded = entry.unpacked ? frames_.load(frame) : frames_.load_front(frame, front_bytes);
    entry.unpacked.reset();
    if (!loaded) entry.error = std::move(loaded.error());
    else (entry.unpacked = std::make_shared<Unpacked>())->frame = std::move(loaded.value());
    count(entry, frame, sizeof(Entry) + (entry.unpacked ? sizeof(Unpacked) + entry.unpacked->frame->raw_bytes : 0));
  }
  if (entry.error) return hw::failure(*entry.error);
  return entry.unpacked;
}

Result<void> CheckedFrames::check(Unpacked& unpacked, const FrameRef& frame, std::uint64_t first, std::uint64_t count) {
  const auto& ids = *unpacked.frame->ids;
  if (first + count > ids.size()) return hw::failure(damaged(frame, "the map names a block the frame does not hold"));
  const auto state_of = [&](std::uint64_t block) { return unpacked.states[block].load(std::memory_order_acquire); };
  const auto end = first + count;
  for (auto block = first; block < end;) {
    if (state_of(block) == State::kBad) return hw::failure(damaged(frame, "block " + std::to_string(block) + " does not hash to its id"));
    auto next = block;
    while (next < end && state_of(next) == State::kUnknown) ++next;
    const auto unknown = std::span(ids).subspan(block, next - block);
    const auto good = block + first_wrong_block(unpacked.frame->blocks(block, unknown.size()), unknown);
    for (auto one = block; one < good; ++one) unpacked.states[one].store(State::kGood, std::memory_order_release);
    if (good < next) unpacked.states[good].store(State::kBad, std::memory_order_release);
    block = good < next ? good : std::max(next, block + 1);
  }
  return hw::success();
}

Result<void> CheckedFrames::read(const BlockPlace& place, std::uint64_t skip_bytes, std::span<std::byte> out, bool alone) {
  const auto entry = entry_of(place.frame);
  const auto blocks = (skip_bytes + out.size() + kBlockBytes - 1) / kBlockBytes;
  RESUS_TRY(const auto unpacked, load(*entry, place.frame, alone ? (place.index + blocks) * kBlockBytes : kSegmentBytes));
  RESUS_TRY(check(*unpacked, place.frame, place.index, blocks));
  const auto bytes = unpacked->frame->blocks(place.index, blocks);
  if (bytes.size() < skip_bytes + out.size()) return hw::failure(damaged(place.frame, "holds fewer bytes than the disk needs"));
  std::memcpy(out.data(), bytes.data() + skip_bytes, out.size());
  return hw::success();
}

void CheckedFrames::read_ahead(const FrameRef& frame) {
  if (waiting_ahead_ >= kMostAhead) return;
  {
    const std::lock_guard lock(mutex_);
    if (threads_.empty() || entries_.contains(frame)) return;
  }
  ++waiting_ahead_;
  ahead_.push(frame);
}

void CheckedFrames::work_ahead() {
  while (const auto frame = ahead_.pop()) {
    --waiting_ahead_;
    const auto entry = entry_of(*frame);
    const auto unpacked = load(*entry, *frame);
    if (!unpacked) continue;  // who wants it is told
    (void)check(*unpacked.value(), *frame, 0, unpacked.value()->frame->ids->size());
  }
}

}  // namespace resus::imaging
