#include "imaging/disk_stream.hpp"

#include <algorithm>

namespace resus::imaging {
namespace {

using hw::Code;

/// Measured: 1 MiB reads one at a time 863 MB/s, eight in flight 1551 MB/s.
constexpr std::size_t kReadsInFlight = 8;

std::string at_byte(const hw::DiskReader& disk, std::uint64_t offset_bytes) {
  return "read " + disk.identity().path + " at byte " + std::to_string(offset_bytes);
}

}  // namespace

DiskStream::DiskStream(hw::DiskReader& disk, BufferPool& pool, std::uint64_t begin, std::uint64_t end,
                       std::optional<Guided> guided)
    : disk_(disk), pool_(pool), next_offset_(begin), end_(end), guided_(guided) {}

DiskStream::~DiskStream() {
  for (; outstanding_ > 0; --outstanding_) (void)disk_.wait();
}

Result<std::optional<SweptPiece>> DiskStream::next() {
  RESUS_TRY(fill());
  if (slots_.empty()) return std::optional<SweptPiece>();
  const auto asked = guided_ ? guided_->clock.steady() : std::chrono::steady_clock::time_point();
  RESUS_TRY(wait_for(slots_.front().state));
  Slot slot = std::move(slots_.front());
  slots_.pop_front();
  if (slot.state == State::kGone) {
    return hw::fail(Code::kDeviceGone, at_byte(disk_, slot.piece.offset_bytes));
  }
  if (guided_ && slot.state != State::kSkipped) skip_behind(slot, guided_->clock.steady() - asked);
  SweptPiece swept{.state = SweptPiece::State::kRead, .piece = std::move(slot.piece), .skipped_bytes = slot.skipped_bytes};
  if (slot.state == State::kBad) swept.state = SweptPiece::State::kFailed;
  if (slot.state == State::kSkipped) swept.state = SweptPiece::State::kSkipped;
  return std::optional(std::move(swept));
}

void DiskStream::skip_behind(const Slot& slot, RescueBudget::Time took) {
  const auto skip = guided_->guide.skip_after(slot.state == State::kRead, took);
  if (skip == 0) return;
  const auto target = guided_->guide.over()
                          ? end_
                          : std::min(end_, slot.piece.offset_bytes + slot.piece.length_bytes + skip);
  if (target <= next_offset_) return;  // the reads that are under way go further
  slots_.push_back({.piece = {.offset_bytes = next_offset_, .length_bytes = 0, .buffer = {}, .unreadable = {}},
                    .state = State::kSkipped,
                    .skipped_bytes = target - next_offset_});
  next_offset_ = target;
}

Result<void> DiskStream::fill() {
  auto most = std::min(disk_.depth(), kReadsInFlight);
  if (guided_ && guided_->guide.careful()) most = 1;
  while (next_offset_ < end_ && outstanding_ < most && slots_.size() < kReadsInFlight) {
    auto buffer = slots_.empty() ? pool_.take() : pool_.try_take();
    if (buffer.empty()) break;
    RESUS_TRY(submit(std::move(buffer)));
  }
  return hw::success();
}

Result<void> DiskStream::submit(PooledBuffer buffer) {
  const auto to_boundary = kSegmentBytes - next_offset_ % kSegmentBytes;
  const auto length = static_cast<std::size_t>(std::min<std::uint64_t>(to_boundary, end_ - next_offset_));
  const auto target = buffer.bytes().first(length);
  slots_.push_back({.piece = {.offset_bytes = next_offset_,
                              .length_bytes = length,
                              .buffer = std::move(buffer),
                              .unreadable = {}},
                    .tag = next_tag_});
  auto queued = disk_.submit(next_tag_, next_offset_, target);
  if (!queued) {
    slots_.pop_back();
    return hw::failure(std::move(queued).error().within(at_byte(disk_, next_offset_)));
  }
  next_tag_ += 1;
  next_offset_ += length;
  outstanding_ += 1;
  return hw::success();
}

/// Takes completions, whosever they are, until `state` is no longer kReading.
Result<void> DiskStream::wait_for(const State& state) {
  while (state == State::kReading) {
    RESUS_TRY(const auto done, disk_.wait());
    outstanding_ -= 1;
    const auto slot = std::ranges::find_if(
        slots_, [&](const Slot& one) { return one.tag == done.tag && one.state == State::kReading; });
    if (slot == slots_.end()) return hw::fail(Code::kInternal, "the disk answered a read nobody asked for");
    slot->state = done.status == hw::ReadStatus::kOk          ? State::kRead
                  : done.status == hw::ReadStatus::kDeviceGone ? State::kGone
                                                               : State::kBad;
  }
  return hw::success();
}

}  // namespace resus::imaging
