#include "web/depot/turns.hpp"

#include <algorithm>

#include "web/depot/machine_view.hpp"

namespace resus::depot {
namespace {

using imaging::Condition;
using imaging::Phase;

/// Takes up network and disks of the depot. A machine that is held or lost gives its place to others.
bool works(const MachineRecord& r) {
  return r.phase >= Phase::kCopying && r.phase <= Phase::kRestoring && r.condition == Condition::kOk && !r.released;
}

std::vector<const MachineRecord*> waiting(const std::vector<MachineRecord>& machines) {
  std::vector<const MachineRecord*> list;
  for (const auto& r : machines) {
    if (r.phase == Phase::kQueued && r.condition == Condition::kOk && !r.released) list.push_back(&r);
  }
  std::ranges::sort(list, {}, [](const MachineRecord* r) { return std::pair(r->queued_at_ms, r->id); });
  return list;
}

}  // namespace

std::vector<std::string> next_turns(const std::vector<MachineRecord>& machines, std::uint32_t at_once) {
  auto busy = static_cast<std::uint32_t>(std::ranges::count_if(machines, works));
  std::vector<std::string> ids;
  for (const auto* r : waiting(machines)) {
    if (busy++ >= at_once) break;
    ids.push_back(r->id);
  }
  return ids;
}

std::map<std::string, std::uint32_t> queue_places(const std::vector<MachineRecord>& machines) {
  std::map<std::string, std::uint32_t> places;
  std::uint32_t place = 0;
  for (const auto* r : waiting(machines)) places[r->id] = ++place;
  return places;
}

}  // namespace resus::depot
