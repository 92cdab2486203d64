#include "web/depot/fill_rate.hpp"

namespace resus::depot {

void FillRate::add(std::int64_t t_ms, std::uint64_t free_bytes) {
  if (!samples_.empty() && t_ms < samples_.back().t_ms) samples_.clear();  // the clock was set back
  if (!samples_.empty() && t_ms - samples_.back().t_ms < kEveryMs) return;
  samples_.push_back({t_ms, free_bytes});
  while (t_ms - samples_.front().t_ms > kWindowMs) samples_.pop_front();
}

std::optional<std::int64_t> FillRate::full_at_ms(std::uint64_t reserve_bytes) const {
  if (samples_.empty()) return std::nullopt;
  const auto& first = samples_.front();
  const auto& last = samples_.back();
  const auto passed = last.t_ms - first.t_ms;
  if (passed < kHistoryMs || first.free_bytes < last.free_bytes + kLeastGrowth) return std::nullopt;
  if (last.free_bytes <= reserve_bytes) return last.t_ms;
  const double grown = static_cast<double>(first.free_bytes - last.free_bytes);
  const double left_ms = static_cast<double>(last.free_bytes - reserve_bytes) / grown * static_cast<double>(passed);
  if (left_ms > static_cast<double>(kFarthestMs)) return std::nullopt;
  return last.t_ms + static_cast<std::int64_t>(left_ms);
}

}  // namespace resus::depot
