#include "imaging/second_reading.hpp"

#include <algorithm>

#include "imaging/segment_hasher.hpp"

namespace resus::imaging {
namespace {

constexpr std::uint64_t kOneIn = 64;

void add_difference(std::vector<RereadOutcome::Range>& ranges, std::uint64_t offset, std::uint64_t length) {
  if (!ranges.empty() && ranges.back().offset_bytes + ranges.back().length_bytes == offset) {
    ranges.back().length_bytes += length;
  } else {
    ranges.push_back({offset, length});
  }
}

}  // namespace

std::string_view to_string(RereadPolicy policy) {
  switch (policy) {
    case RereadPolicy::kNone: return "none";
    case RereadPolicy::kSampled: return "sampled";
    case RereadPolicy::kWhole: return "whole";
  }
  return "none";
}

Result<RereadPolicy> reread_policy_from(std::string_view word) {
  for (const auto policy : {RereadPolicy::kNone, RereadPolicy::kSampled, RereadPolicy::kWhole}) {
    if (to_string(policy) == word) return policy;
  }
  return hw::fail(hw::Code::kBadInput, "reread: none, sampled or whole, not '" + std::string(word) + "'");
}

SecondReading::SecondReading(RereadPolicy policy, std::uint64_t disk_bytes, std::uint64_t phase)
    : policy_(policy), disk_bytes_(disk_bytes), phase_(phase % kOneIn) {}

bool SecondReading::wanted(std::uint64_t segment) const {
  if (policy_ != RereadPolicy::kSampled) return policy_ == RereadPolicy::kWhole;
  return segment == 0 || segment + 1 == segment_count(disk_bytes_) || segment % kOneIn == phase_;
}

void SecondReading::note(const SegmentOffer& offer) {
  if (offer.held_back() || !offer.unreadable.empty() || !wanted(offer.segment)) return;
  auto behind = nodes_.upper_bound(offer.segment);
  const bool goes_on = behind != nodes_.begin() && std::prev(behind)->first + std::prev(behind)->second.size() == offer.segment;
  auto& run = goes_on ? std::prev(behind)->second : nodes_[offer.segment];
  run.push_back(node_of_offer(offer));
}

Result<RereadOutcome> SecondReading::compare(hw::DiskReader& disk, BufferPool& pool, const std::stop_token& stop) const {
  RereadOutcome outcome{.policy = policy_};
  for (const auto& [first, nodes] : nodes_) {
    RESUS_TRY(compare_range(disk, pool, first, nodes.size(), stop, outcome));
  }
  return outcome;
}

Result<void> SecondReading::compare_range(hw::DiskReader& disk, BufferPool& pool, std::uint64_t first, std::uint64_t count,
                                          const std::stop_token& stop, RereadOutcome& outcome) const {
  const auto begin = first * kSegmentBytes;
  const auto end = std::min(begin + count * kSegmentBytes, disk_bytes_);
  const auto& nodes = nodes_.at(first);
  SegmentHasher hasher(disk_bytes_, false, false);
  hasher.hold_back();  // no linear hash is wanted
  DiskStream stream(disk, pool, begin, end);
  while (true) {
    if (stop.stop_requested()) return hw::fail(hw::Code::kCancelled, "the second reading was stopped");
    RESUS_TRY(auto swept, stream.next());
    if (!swept) return hw::success();
    const auto& piece = swept->piece;
    outcome.bytes += piece.length_bytes;
    if (swept->state != SweptPiece::State::kRead) {
      outcome.unreadable_bytes += piece.length_bytes;
      continue;
    }
    const auto segment = piece.offset_bytes / kSegmentBytes;
    if (node_of_offer(hasher.add(piece)) == nodes[segment - first]) continue;
    add_difference(outcome.differences, piece.offset_bytes, piece.length_bytes);
  }
}

}  // namespace resus::imaging
