#pragma once
// What the rules of a machine are made of. Only machine_*.cpp of this folder include it.
#include <string>

#include "web/depot/machine_rules.hpp"

namespace resus::depot {

inline void set_ok(MachineRecord& r) {
  r.condition = imaging::Condition::kOk;
  r.code.clear();
  r.detail.clear();
  r.params.clear();
}

inline void set_trouble(MachineRecord& r, imaging::Condition condition, hw::Code code, std::string detail) {
  r.condition = condition;
  r.code = hw::info(code).id;
  r.detail = std::move(detail);
  r.params.clear();
}

inline bool gaps_open(const MachineRecord& r) { return r.evidence.unreadable_bytes > 0 && !r.gaps_accepted; }

/// Ends whatever stood against the machine, but not the question about unreadable parts.
inline void settle(MachineRecord& r) {
  set_ok(r);
  if (!gaps_open(r) || r.phase < imaging::Phase::kImaging) return;
  const auto sectors = std::to_string(r.evidence.unreadable_bytes / 512);
  set_trouble(r, imaging::Condition::kNeedsYou, hw::Code::kRead, sectors + " sectors unreadable. Rest of copy safe.");
  r.params = {{"sectors", sectors}};
}

inline Result<void> move_on(MachineRecord& r, imaging::Event event) {
  RESUS_TRY(r.phase, imaging::next_phase(r.phase, event));
  return hw::success();
}

}  // namespace resus::depot
