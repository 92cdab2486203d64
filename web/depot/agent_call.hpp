#pragma once
// What the calls of an agent have in common. Only agent_*.cpp of this folder include it.
#include <charconv>
#include <cstdint>
#include <string_view>

#include "web/depot/machine_rules.hpp"
#include "web/depot/router.hpp"

namespace resus::depot {

/// A decimal number that is the whole text, or the fallback.
[[nodiscard]] inline std::uint64_t number_or(std::string_view text, std::uint64_t fallback) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? value : fallback;
}

/// The call is of the machine's present attempt. Errors: kConflict.
[[nodiscard]] inline Result<void> check_attempt(const Call& call, const MachineRecord& machine) {
  return same_attempt(machine, static_cast<std::uint32_t>(number_or(call.request.param("attempt"), 0)));
}

}  // namespace resus::depot
