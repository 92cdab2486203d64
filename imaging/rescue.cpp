#include "imaging/rescue.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace resus::imaging {
namespace {

/// Segments of a round. Their content is in memory.
constexpr std::size_t kRound = 64;

std::uint64_t segments_in(const std::deque<SegmentRange>& ranges) {
  std::uint64_t count = 0;
  for (const auto& range : ranges) count += range.count;
  return count;
}

std::uint64_t rounds_of(std::uint64_t segments) { return (segments + kRound - 1) / kRound; }

RescueRead outcome_of(hw::ReadStatus status) {
  if (status == hw::ReadStatus::kOk) return RescueRead::kRead;
  return status == hw::ReadStatus::kTimeout ? RescueRead::kTimeout : RescueRead::kMedium;
}

}  // namespace

Rescue::Rescue(Parties parties, HeldBack held)
    : parties_(std::move(parties)),
      sector_(parties_.disk.identity().logical_sector_bytes),
      disk_bytes_(parties_.disk.identity().size_bytes),
      pool_(kRound, kSegmentBytes),
      gaps_(std::move(held.skipped)),
      failed_(held.failed.begin(), held.failed.end()) {}

Result<std::optional<DiskPiece>> Rescue::next() {
  if (!gaps_done_) {
    RESUS_TRY(auto piece, read_gaps());
    if (piece) return piece;
  }
  while (settled_.empty()) {
    if (!begin_round()) return std::optional<DiskPiece>();
    std::vector<Extent> extents;
    for (const auto& piece : round_) extents.push_back(sectors_of(piece.offset_bytes / kSegmentBytes));
    const auto physical = parties_.disk.identity().physical_sector_bytes / sector_;
    RescuePlan plan(extents, {.sweep = scratch_.size() / sector_, .physical = physical, .retries = parties_.sector_retries});
    RESUS_TRY(work_at(plan));
    settle(plan);
  }
  auto piece = std::move(settled_.front());
  settled_.pop_front();
  return std::optional(std::move(piece));
}

Result<std::optional<DiskPiece>> Rescue::read_gaps() {
  while (const auto segment = gaps_.next()) {
    if (parties_.budget.spent() || gone_) break;
    if (parties_.stop.stop_requested()) return hw::fail(hw::Code::kCancelled, "the copy was stopped");
    auto buffer = pool_.take();
    if (buffer.empty()) return std::optional<DiskPiece>();
    const auto offset = *segment * kSegmentBytes;
    const auto length = static_cast<std::size_t>(std::min<std::uint64_t>(kSegmentBytes, disk_bytes_ - offset));
    RESUS_TRY(const auto status, read(offset, buffer.bytes().first(length)));
    if (gone_) break;
    gaps_.report(status == hw::ReadStatus::kOk);
    if (status != hw::ReadStatus::kOk) continue;
    return std::optional(DiskPiece{.offset_bytes = offset, .length_bytes = length, .buffer = std::move(buffer), .unreadable = {}});
  }
  gaps_done_ = true;
  failed_.insert(failed_.end(), gaps_.failed().begin(), gaps_.failed().end());
  std::ranges::sort(failed_);
  const auto rest = gaps_.untried();
  untried_.assign(rest.begin(), rest.end());
  return std::optional<DiskPiece>();
}

std::vector<std::uint64_t> Rescue::take_segments() {
  std::vector<std::uint64_t> taken;
  for (; !failed_.empty() && taken.size() < kRound; failed_.pop_front()) taken.push_back(failed_.front());
  round_of_failed_ = !taken.empty();
  while (!round_of_failed_ && !untried_.empty() && taken.size() < kRound) {
    auto& range = untried_.front();
    taken.push_back(range.first++);
    if (--range.count == 0) untried_.pop_front();
  }
  return taken;
}

bool Rescue::begin_round() {
  round_.clear();
  for (const auto segment : take_segments()) {
    auto buffer = pool_.take();
    if (buffer.empty()) return false;
    const auto offset = segment * kSegmentBytes;
    round_.push_back({.offset_bytes = offset,
                      .length_bytes = static_cast<std::size_t>(std::min<std::uint64_t>(kSegmentBytes, disk_bytes_ - offset)),
                      .buffer = std::move(buffer),
                      .unreadable = {}});
  }
  return !round_.empty();
}

/// The places that border on good ones may use the larger part; what lies inside dead regions divides the rest evenly.
Rescue::Time Rescue::share() const {
  const auto left = parties_.budget.left();
  const auto inside = rounds_of(segments_in(untried_));
  if (!round_of_failed_) return left / static_cast<Time::rep>(inside + 1);
  const auto others = rounds_of(failed_.size()) + (inside > 0 ? 1 : 0);
  return left / static_cast<Time::rep>(others + 1);
}

Result<void> Rescue::work_at(RescuePlan& plan) {
  const auto keep = parties_.budget.left() - share();
  while (const auto step = plan.next()) {
    if (gone_) {
      plan.give_up(ReadCause::kDeviceGone);
      return hw::success();
    }
    if (parties_.budget.left() <= keep) {
      plan.give_up(ReadCause::kNotTried);
      return hw::success();
    }
    if (cancelled_ || parties_.stop.stop_requested()) return hw::fail(hw::Code::kCancelled, "the copy was stopped");
    const auto target = place(*step);
    RESUS_TRY(const auto status, read(step->first_lba * sector_, scratch_.bytes().first(target.size())));
    if (gone_) continue;
    if (status == hw::ReadStatus::kOk) std::memcpy(target.data(), scratch_.bytes().data(), target.size());
    plan.report(outcome_of(status));
  }
  return hw::success();
}

/// Zeros and a range for what is lost, segment by segment.
void Rescue::settle(const RescuePlan& plan) {
  for (auto& piece : round_) {
    const auto begin = piece.offset_bytes;
    const auto end = begin + piece.length_bytes;
    for (const auto& lost : plan.lost()) {
      const auto from = std::max(begin, lost.extent.first_lba * sector_);
      const auto to = std::min(end, (lost.extent.first_lba + lost.extent.sectors) * sector_);
      if (from >= to) continue;
      std::ranges::fill(piece.buffer.bytes().subspan(from - begin, to - from), std::byte{0});
      piece.unreadable.push_back({.offset_bytes = from, .length_bytes = to - from, .cause = lost.cause});
    }
    settled_.push_back(std::move(piece));
  }
  round_.clear();
}

Result<hw::ReadStatus> Rescue::read(std::uint64_t offset_bytes, std::span<std::byte> target) {
  const auto begun = parties_.clock.steady();
  RESUS_TRY(parties_.disk.submit(0, offset_bytes, target));
  RESUS_TRY(const auto done, parties_.disk.wait());
  parties_.budget.charge(parties_.clock.steady() - begun);
  gone_ = gone_ || done.status == hw::ReadStatus::kDeviceGone;
  return done.status;
}

Extent Rescue::sectors_of(std::uint64_t segment) const {
  const auto begin = segment * kSegmentBytes;
  const auto end = std::min<std::uint64_t>(begin + kSegmentBytes, disk_bytes_);
  return {begin / sector_, (end + sector_ - 1) / sector_ - begin / sector_};
}

/// Where a step's bytes go. A step never runs over a segment's end: both are multiples of it.
std::span<std::byte> Rescue::place(const Extent& extent) {
  const auto offset = extent.first_lba * sector_;
  const auto piece = std::prev(std::ranges::upper_bound(round_, offset, {}, &DiskPiece::offset_bytes));
  const auto into = offset - piece->offset_bytes;
  return piece->buffer.bytes().subspan(into, std::min(extent.sectors * sector_, piece->length_bytes - into));
}

}  // namespace resus::imaging
