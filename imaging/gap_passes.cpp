#include "imaging/gap_passes.hpp"

#include <algorithm>
#include <utility>

namespace resus::imaging {

GapPasses::GapPasses(std::vector<SegmentRange> gaps) : gaps_(std::move(gaps)) {
  std::erase_if(gaps_, [](const SegmentRange& gap) { return gap.count == 0; });
  std::ranges::sort(gaps_);
  if (backward()) std::ranges::reverse(gaps_);
}

std::optional<std::uint64_t> GapPasses::next() const {
  if (at_ >= gaps_.size()) return std::nullopt;
  const auto& gap = gaps_[at_];
  return backward() ? gap.first + gap.count - 1 : gap.first;
}

void GapPasses::report(bool read) {
  auto& gap = gaps_[at_];
  const auto segment = *next();
  if (!backward()) ++gap.first;
  --gap.count;
  if (read) {
    skip_ = 1;
  } else {
    failed_.push_back(segment);
    leave_out(skip_);
    skip_ *= 2;
  }
  settle();
}

/// Moves the next segments of this gap to the next pass.
void GapPasses::leave_out(std::uint64_t segments) {
  auto& gap = gaps_[at_];
  const auto count = std::min(segments, gap.count);
  if (count == 0) return;
  gap.count -= count;
  left_out_.push_back({backward() ? gap.first + gap.count : gap.first, count});
  if (!backward()) gap.first += count;
}

void GapPasses::settle() {
  while (at_ < gaps_.size() && gaps_[at_].count == 0) ++at_;
  if (at_ < gaps_.size() || pass_ + 1 >= kPasses) return;
  ++pass_;
  skip_ = 1;
  gaps_ = std::exchange(left_out_, {});
  std::ranges::sort(gaps_);
  if (backward()) std::ranges::reverse(gaps_);
  at_ = 0;
}

std::vector<SegmentRange> GapPasses::untried() const {
  auto rest = left_out_;
  for (std::size_t i = at_; i < gaps_.size(); ++i) {
    if (gaps_[i].count > 0) rest.push_back(gaps_[i]);
  }
  std::ranges::sort(rest);
  return rest;
}

}  // namespace resus::imaging
