#include "web/depot/strangers.hpp"

#include <algorithm>
#include <vector>

#include "web/depot/machine_rules.hpp"

namespace resus::depot {
namespace {

/// The one silent longest of those whose contact is lost; empty if there is none.
std::string longest_lost(std::span<const Stranger> waiting, std::int64_t now_ms) {
  const auto oldest = std::ranges::min_element(waiting, {}, &Stranger::last_contact_ms);
  const bool lost = oldest != waiting.end() && contact_of(oldest->last_contact_ms, now_ms) == imaging::Contact::kLost;
  return lost ? oldest->id : std::string();
}

}  // namespace

Result<std::string> room_for(const std::string& address, std::span<const Stranger> waiting, const StrangerLimits& limits,
                             std::int64_t now_ms) {
  std::vector<Stranger> neighbours;
  std::ranges::copy_if(waiting, std::back_inserter(neighbours), [&](const Stranger& s) { return s.address == address; });
  const bool address_full = neighbours.size() >= limits.per_address;
  if (!address_full && waiting.size() < limits.in_all) return std::string();
  auto leaving = address_full ? longest_lost(neighbours, now_ms) : longest_lost(waiting, now_ms);
  if (!leaving.empty()) return leaving;
  const auto count = address_full ? std::to_string(neighbours.size()) + " machines at " + address : std::to_string(waiting.size()) + " machines";
  return hw::fail(hw::Code::kNotApproved, count + " wait for approval already: approve or switch off those first");
}

void StrangerLines::refill(std::int64_t now_ms) {
  const auto earned = (now_ms - refilled_ms_) / kRefillMs;
  if (earned < 0 || earned >= kAtOnce) {  // the first time, a long silence, or a clock set back
    if (earned >= 0) left_ = kAtOnce;
    refilled_ms_ = now_ms;
    return;
  }
  left_ = std::min(kAtOnce, left_ + static_cast<std::uint32_t>(earned));
  refilled_ms_ += earned * kRefillMs;
}

bool StrangerLines::take(std::int64_t now_ms) {
  refill(now_ms);
  if (left_ > 0) {
    --left_;
    return true;
  }
  if (unwritten_.lines++ == 0) unwritten_.since_ms = now_ms;
  return false;
}

std::optional<StrangerLines::Unwritten> StrangerLines::due(std::int64_t now_ms) const {
  if (unwritten_.lines == 0 || now_ms - unwritten_.since_ms < kSummaryMs) return std::nullopt;
  return unwritten_;
}

}  // namespace resus::depot
