#include "imaging/rescue_plan.hpp"

#include <algorithm>

namespace resus::imaging {
namespace {

/// Each level reads in pieces this much smaller: 64 KiB, 4 KiB, one sector of 512 bytes.
constexpr std::uint64_t kShrink = 16;

}  // namespace

RescuePlan::RescuePlan(Extent piece, std::uint64_t sweep, unsigned retries)
    : sweep_(std::max<std::uint64_t>(sweep, 1)), retries_(retries) {
  split(piece, sweep_);
}

std::optional<Extent> RescuePlan::next() const {
  if (steps_.empty()) return std::nullopt;
  return steps_.front().extent;
}

void RescuePlan::split(const Extent& failed, std::uint64_t step) {
  for (std::uint64_t done = 0; done < failed.sectors; done += step) {
    const Extent part{failed.first_lba + done, std::min(step, failed.sectors - done)};
    steps_.push_back({part, part.sectors == 1 ? retries_ : 0});
  }
}

void RescuePlan::report(bool readable) {
  const Step step = steps_.front();
  steps_.pop_front();
  if (readable) return;
  if (step.extent.sectors > 1) {
    split(step.extent, std::max<std::uint64_t>(std::min(step.extent.sectors, sweep_) / kShrink, 1));
  } else if (step.tries_left > 0) {
    steps_.push_back({step.extent, step.tries_left - 1});
  } else {
    give_up(step.extent);
  }
}

void RescuePlan::give_up(const Extent& sector) {
  auto at = std::ranges::lower_bound(unreadable_, sector.first_lba, {}, &Extent::first_lba);
  at = unreadable_.insert(at, sector);
  if (const auto after = at + 1; after != unreadable_.end() && after->first_lba == at->first_lba + 1) {
    at->sectors += after->sectors;
    unreadable_.erase(after);
  }
  if (at == unreadable_.begin()) return;
  const auto before = at - 1;
  if (before->first_lba + before->sectors != at->first_lba) return;
  before->sectors += at->sectors;
  unreadable_.erase(at);
}

}  // namespace resus::imaging
