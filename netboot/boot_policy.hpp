#pragma once
// Whether a machine that asks over the network recovers or boots its own disk. Pure.
#include <cstdint>

namespace resus::netboot {

/// What the depot knows of the machine that asks.
struct BootFacts {
  bool known = false;                ///< its MAC or SMBIOS UUID belongs to a machine of the incident
  bool phase_boots_network = true;   ///< PhaseRow::boots_network of its phase
  bool released = false;             ///< an operator let it go, in whatever phase
};

enum class BootChoice : std::uint8_t {
  kRecover,  ///< the agent; an unknown machine waits there for approval
  kLocal,    ///< its own disk
};

/// Recover unless the machine is known and released: an infected disk never starts by accident.
[[nodiscard]] BootChoice choose_boot(const BootFacts& facts);

}  // namespace resus::netboot
