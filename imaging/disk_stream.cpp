#include "imaging/disk_stream.hpp"

#include <algorithm>
#include <cstring>

#include "imaging/rescue_plan.hpp"

namespace resus::imaging {
namespace {

using hw::Code;

/// Measured: 1 MiB reads one at a time 863 MB/s, eight in flight 1551 MB/s.
constexpr std::size_t kReadsInFlight = 8;
/// First steps inside a failed segment.
constexpr std::size_t kSweepBytes = 64 * 1024;
constexpr std::uint64_t kRescueTag = ~std::uint64_t{0};

std::string at_byte(const hw::DiskReader& disk, std::uint64_t offset_bytes) {
  return "read " + disk.identity().path + " at byte " + std::to_string(offset_bytes);
}

}  // namespace

DiskStream::DiskStream(hw::DiskReader& disk, BufferPool& pool, std::uint64_t begin, std::uint64_t end,
                       unsigned sector_retries)
    : disk_(disk), pool_(pool), next_offset_(begin), end_(end), sector_retries_(sector_retries) {}

DiskStream::~DiskStream() {
  for (; outstanding_ > 0; --outstanding_) (void)disk_.wait();
}

Result<std::optional<DiskPiece>> DiskStream::next() {
  RESUS_TRY(fill());
  if (slots_.empty()) return std::optional<DiskPiece>();
  RESUS_TRY(wait_for(slots_.front().state));
  Slot slot = std::move(slots_.front());
  slots_.pop_front();
  if (slot.state == State::kGone) {
    return hw::fail(Code::kDeviceGone, at_byte(disk_, slot.piece.offset_bytes));
  }
  if (slot.state == State::kBad) {
    RESUS_TRY(rescue(slot.piece));
  }
  return std::optional<DiskPiece>(std::move(slot.piece));
}

Result<void> DiskStream::fill() {
  const auto most = std::min(disk_.depth(), kReadsInFlight);
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
    const auto outcome = done.status == hw::ReadStatus::kOk          ? State::kRead
                         : done.status == hw::ReadStatus::kBadSector ? State::kBad
                                                                     : State::kGone;
    if (done.tag == kRescueTag) {
      rescue_state_ = outcome;
      continue;
    }
    const auto slot = std::ranges::find(slots_, done.tag, &Slot::tag);
    if (slot == slots_.end()) return hw::fail(Code::kInternal, "the disk answered a read nobody asked for");
    slot->state = outcome;
  }
  return hw::success();
}

Result<void> DiskStream::rescue(DiskPiece& piece) {
  const std::uint64_t sector = disk_.identity().logical_sector_bytes;
  const Extent whole{piece.offset_bytes / sector, (piece.length_bytes + sector - 1) / sector};
  RescuePlan plan(whole, kSweepBytes / sector, sector_retries_);
  const auto place = [&](const Extent& extent) {
    const auto offset = extent.first_lba * sector - piece.offset_bytes;
    return piece.buffer.bytes().subspan(offset, std::min(extent.sectors * sector, piece.length_bytes - offset));
  };
  for (auto step = plan.next(); step; step = plan.next()) {
    RESUS_TRY(const bool readable, read_again(step->first_lba * sector, place(*step)));
    plan.report(readable);
  }
  for (const auto& lost : plan.unreadable()) {
    const auto bytes = place(lost);
    std::ranges::fill(bytes, std::byte{0});
    piece.unreadable.push_back({lost.first_lba * sector, bytes.size(), ReadCause::kMedium});
  }
  return hw::success();
}

Result<bool> DiskStream::read_again(std::uint64_t offset_bytes, std::span<std::byte> target) {
  if (scratch_.size() == 0) scratch_ = hw::IoBuffer(kSweepBytes);
  rescue_state_ = State::kReading;
  RESUS_TRY(disk_.submit(kRescueTag, offset_bytes, scratch_.bytes().first(target.size())));
  outstanding_ += 1;
  RESUS_TRY(wait_for(rescue_state_));
  if (rescue_state_ == State::kGone) return hw::fail(Code::kDeviceGone, at_byte(disk_, offset_bytes));
  if (rescue_state_ == State::kBad) return false;
  std::memcpy(target.data(), scratch_.bytes().data(), target.size());
  return true;
}

}  // namespace resus::imaging
