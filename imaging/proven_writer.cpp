#include "imaging/proven_writer.hpp"

#include <algorithm>
#include <cstring>

namespace resus::imaging {
namespace {

using hw::Code;

/// One call of zero(); a stop is noticed between two.
constexpr std::uint64_t kZeroPieceBytes = 256 * kSegmentBytes;

std::string at_byte(const hw::DiskWriter& disk, std::uint64_t offset) {
  return disk.identity().path + " at byte " + std::to_string(offset);
}

}  // namespace

ProvenWriter::ProvenWriter(hw::DiskWriter& disk, DeployBusy& busy)
    : disk_(disk), busy_(busy), most_(std::clamp<std::size_t>(disk.depth(), 1, kWritesInFlight)), scratch_(kSegmentBytes) {}

ProvenWriter::~ProvenWriter() {
  for (; outstanding_ > 0; --outstanding_) (void)disk_.wait();
}

Result<void> ProvenWriter::write(DecidedPiece piece) {
  const auto number = next_number_++;
  // All writes of the piece count from the start, so that no early answer completes it.
  const auto count = piece.writes.size();
  const auto& entry = pending_.emplace(number, Pending{std::move(piece), count}).first->second;
  const auto begin = entry.piece.range.begin;
  const auto raw = entry.piece.raw.bytes();
  for (const auto& range : entry.piece.writes) {
    while (outstanding_ >= most_) {
      RESUS_TRY(reap());
    }
    const auto bytes = raw.subspan(range.begin - begin, range.end - range.begin);
    RESUS_TRY(timed(busy_.write, [&] { return disk_.submit(number, range.begin, bytes); }));
    outstanding_ += 1;
  }
  while (pending_.size() > kWritesInFlight) {
    RESUS_TRY(reap());
  }
  return hw::success();
}

Result<void> ProvenWriter::reap() {
  auto waited = timed(busy_.write, [&] { return disk_.wait(); });
  outstanding_ -= 1;  // an error too is the answer to one of them
  if (!waited) return hw::failure(std::move(waited).error());
  const auto entry = pending_.find(waited.value());
  if (entry == pending_.end()) return hw::fail(Code::kInternal, "the disk answered a write nobody asked for");
  if (--entry->second.outstanding > 0) return hw::success();
  const auto done = pending_.extract(entry);
  return timed(busy_.read_back, [&] { return compare(done.mapped().piece); });
}

Result<void> ProvenWriter::compare(const DecidedPiece& piece) {
  for (const auto& range : piece.writes) {
    const auto length = range.end - range.begin;
    const auto written = piece.raw.bytes().subspan(range.begin - piece.range.begin, length);
    const auto found = scratch_.bytes().first(length);
    RESUS_TRY(disk_.read_back(range.begin, found));
    if (std::memcmp(found.data(), written.data(), length) != 0) {
      const auto differs = std::ranges::mismatch(found, written).in1 - found.begin();
      return hw::fail(Code::kReadBack, at_byte(disk_, range.begin + static_cast<std::uint64_t>(differs)));
    }
    read_back_bytes_ += length;
  }
  return hw::success();
}

Result<void> ProvenWriter::drain() {
  while (outstanding_ > 0) {
    RESUS_TRY(reap());
  }
  return hw::success();
}

Result<void> ProvenWriter::zero(const DiskRange& range) {
  RESUS_TRY(drain());
  for (auto begin = range.begin; begin < range.end;) {
    const auto length = std::min(range.end - begin, kZeroPieceBytes);
    RESUS_TRY(timed(busy_.write, [&] { return disk_.zero(begin, length); }));
    begin += length;
  }
  return timed(busy_.read_back, [&] { return read_zeros(range); });
}

Result<void> ProvenWriter::read_zeros(const DiskRange& range) {
  for (auto begin = range.begin; begin < range.end;) {
    const auto found = scratch_.bytes().first(std::min<std::uint64_t>(range.end - begin, scratch_.size()));
    RESUS_TRY(disk_.read_back(begin, found));
    if (!is_zero(found)) return hw::fail(Code::kReadBack, at_byte(disk_, begin) + ": not zeros");
    read_back_bytes_ += found.size();
    begin += found.size();
  }
  return hw::success();
}

Result<void> ProvenWriter::sync() {
  RESUS_TRY(drain());
  return timed(busy_.write, [&] { return disk_.sync(); });
}

}  // namespace resus::imaging
