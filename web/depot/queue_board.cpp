#include "web/depot/queue_board.hpp"

#include <cstdlib>

namespace resus::depot {
namespace {

bool moved(const std::optional<std::int64_t>& a_ms, const std::optional<std::int64_t>& b_ms) {
  if (a_ms.has_value() != b_ms.has_value()) return true;
  return a_ms && std::llabs(*a_ms - *b_ms) >= QueueBoard::kStepMs;
}

}  // namespace

bool QueueBoard::differs(const Entry& told, const Entry& now) {
  return told.place != now.place || moved(told.lo_ms, now.lo_ms) || moved(told.hi_ms, now.hi_ms);
}

std::vector<std::string> QueueBoard::update(const std::map<std::string, std::uint32_t>& places, const Outlook& outlook,
                                            std::int64_t now_ms) {
  std::erase_if(told_, [&](const auto& entry) { return !places.contains(entry.first); });
  std::map<std::uint32_t, std::string> nearest;
  for (const auto& [id, place] : places) nearest[place] = id;
  std::vector<std::string> tell;
  for (const auto& [place, id] : nearest) {
    if (tell.size() >= kMostATime) break;
    Entry entry{.place = place, .lo_ms = {}, .hi_ms = {}};
    const auto known = outlook.machines.find(id);
    if (known != outlook.machines.end() && known->second.starts) {
      entry.lo_ms = now_ms + static_cast<std::int64_t>(known->second.starts->lo * 1000);
      entry.hi_ms = now_ms + static_cast<std::int64_t>(known->second.starts->hi * 1000);
    }
    if (!differs(told_[id], entry)) continue;
    told_[id] = entry;
    tell.push_back(id);
  }
  return tell;
}

}  // namespace resus::depot
