#include "web/depot/stage_history.hpp"

#include <algorithm>
#include <cmath>

namespace resus::depot {
namespace {

/// How much wider than what was seen a range is when one or two machines are all there is to learn from.
constexpr double kFewFaster = 0.75;
constexpr double kFewSlower = 1.5;
constexpr double kLowQuantile = 0.1;
constexpr double kHighQuantile = 0.9;

/// 3: the same kind of PC; 2: same size of disk and speed of link; 1: comparable by bytes alone; 0: not at all.
int alike(const Likeness& a, const Likeness& b) {
  if (a.content != b.content) return 0;
  if (a.size_class != b.size_class || a.link_mbit != b.link_mbit) return 1;
  return a.model == b.model ? 3 : 2;
}

double scaled_seconds(const FinishedStage& row, std::uint64_t bytes) {
  const double seconds = static_cast<double>(row.worked_ms) / 1000;
  if (row.bytes == 0 || bytes == 0) return seconds;
  return seconds * static_cast<double>(bytes) / static_cast<double>(row.bytes);
}

Expected from(std::vector<double> seconds, bool similar) {
  std::ranges::sort(seconds);
  Expected expected{.whole = {}, .slowest = seconds.back(), .machines = seconds.size(), .similar = similar};
  if (seconds.size() < StageHistory::kEnough) {
    expected.whole = {seconds.front() * kFewFaster, seconds.back() * kFewSlower};
    expected.slowest = expected.whole.hi;
  } else {
    expected.whole = {quantile(seconds, kLowQuantile), quantile(seconds, kHighQuantile)};
  }
  return expected;
}

}  // namespace

double quantile(std::span<const double> ascending, double q) {
  const double place = q * static_cast<double>(ascending.size() - 1);
  const auto below = static_cast<std::size_t>(std::floor(place));
  const auto above = std::min(below + 1, ascending.size() - 1);
  const double part = place - std::floor(place);
  return ascending[below] + (ascending[above] - ascending[below]) * part;
}

void StageHistory::add(FinishedStage row) {
  rows_.push_back(std::move(row));
  if (rows_.size() > kMostRows) rows_.pop_front();
}

std::optional<Expected> StageHistory::expect(imaging::Phase phase, const Likeness& likeness, std::uint64_t bytes) const {
  std::optional<Expected> best;
  for (int level = 3; level >= 1; --level) {
    std::vector<double> seconds;
    for (const auto& row : rows_) {
      if (row.phase == phase && alike(row.likeness, likeness) >= level) seconds.push_back(scaled_seconds(row, bytes));
    }
    const auto count = seconds.size();
    if (count > 0 && (!best || best->machines < kEnough)) best = from(std::move(seconds), level >= 2);
    if (count >= kEnough) break;
  }
  return best;
}

}  // namespace resus::depot
