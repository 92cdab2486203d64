#pragma once
// Whose turn it is: how many machines work at once, and in which order the others wait. Pure.
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "web/depot/machine_record.hpp"

namespace resus::depot {

/// Ids of the queued machines that may begin now, first come first served.
[[nodiscard]] std::vector<std::string> next_turns(const std::vector<MachineRecord>& machines, std::uint32_t at_once);
/// Place of every waiting machine, counted from 1.
[[nodiscard]] std::map<std::string, std::uint32_t> queue_places(const std::vector<MachineRecord>& machines);

}  // namespace resus::depot
