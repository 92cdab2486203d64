#include "imaging/rescue_plan.hpp"

#include <algorithm>
#include <utility>

namespace resus::imaging {
namespace {

std::uint64_t end_of(const Extent& extent) { return extent.first_lba + extent.sectors; }

/// Neighbours with the same cause become one.
std::vector<LostExtent> merged(std::vector<LostExtent> extents) {
  std::ranges::sort(extents);
  std::vector<LostExtent> out;
  for (const auto& next : extents) {
    if (next.extent.sectors == 0) continue;
    if (!out.empty() && out.back().cause == next.cause && end_of(out.back().extent) == next.extent.first_lba) {
      out.back().extent.sectors += next.extent.sectors;
    } else {
      out.push_back(next);
    }
  }
  return out;
}

ReadCause cause_of(RescueRead outcome) {
  return outcome == RescueRead::kTimeout ? ReadCause::kTimeout : ReadCause::kMedium;
}

}  // namespace

RescuePlan::RescuePlan(const std::vector<Extent>& pieces, const Steps& steps) {
  const auto sweep = std::max<std::uint64_t>(steps.sweep, 1);
  const bool large_sectors = steps.physical > 1 && steps.physical < sweep;
  if (sweep > 1) levels_.push_back(sweep);
  if (large_sectors) levels_.push_back(steps.physical);
  levels_.push_back(1);
  // The sectors of a bad physical one have been read twice already when each of them was read alone.
  for (unsigned i = large_sectors ? 1 : 0; i < steps.retries; ++i) levels_.push_back(1);
  for (const auto& piece : pieces) places_.push_back({piece, ReadCause::kNotTried});
  places_ = merged(std::move(places_));
  settle();
}

std::optional<Extent> RescuePlan::next() const {
  if (at_ >= places_.size()) return std::nullopt;
  const auto& place = places_[at_].extent;
  if (walk_ == Walk::kBackward) {
    const auto begin = std::max((end_of(place) - 1) / step() * step(), place.first_lba);
    return Extent{begin, end_of(place) - begin};
  }
  const auto end = std::min((place.first_lba / step() + 1) * step(), end_of(place));
  return Extent{place.first_lba, end - place.first_lba};
}

void RescuePlan::report(RescueRead outcome) {
  const auto part = *next();
  auto& place = places_[at_];
  if (walk_ != Walk::kBackward) place.extent.first_lba += part.sectors;
  place.extent.sectors -= part.sectors;
  if (outcome != RescueRead::kRead) {
    const auto cause = part.sectors == 1 ? cause_of(outcome) : place.cause;
    (last_level() ? lost_ : failed_).push_back({part, cause});
    if (walk_ == Walk::kForward) {
      walk_ = Walk::kBackward;
    } else if (walk_ == Walk::kBackward) {
      walk_ = Walk::kForward;
      ++at_;
    }
  }
  settle();
}

/// Leaves what is read whole behind, goes on to the next walk and the next level.
void RescuePlan::settle() {
  while (true) {
    while (at_ < places_.size() && places_[at_].extent.sectors == 0) {
      ++at_;
      if (walk_ == Walk::kBackward) walk_ = Walk::kForward;
    }
    if (at_ < places_.size()) return;
    if (walk_ != Walk::kBetween) {
      walk_ = Walk::kBetween;
      at_ = 0;
      std::erase_if(places_, [](const LostExtent& place) { return place.extent.sectors == 0; });
      if (!places_.empty()) return;
    }
    if (last_level()) {
      places_.clear();
      lost_ = merged(std::move(lost_));
      return;
    }
    next_level();
  }
}

void RescuePlan::next_level() {
  places_ = merged(std::exchange(failed_, {}));
  ++level_;
  walk_ = Walk::kForward;
  at_ = 0;
}

void RescuePlan::give_up(ReadCause cause) {
  const auto lose = [&](const std::vector<LostExtent>& rest) {
    for (const auto& one : rest) lost_.push_back({one.extent, one.cause == ReadCause::kNotTried ? cause : one.cause});
  };
  lose(places_);
  lose(failed_);
  places_.clear();
  failed_.clear();
  level_ = levels_.size() - 1;
  lost_ = merged(std::move(lost_));
}

}  // namespace resus::imaging
