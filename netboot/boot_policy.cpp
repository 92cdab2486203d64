#include "netboot/boot_policy.hpp"

namespace resus::netboot {

BootChoice choose_boot(const BootFacts& facts) {
  const bool let_go = facts.known && (facts.released || !facts.phase_boots_network);
  return let_go ? BootChoice::kLocal : BootChoice::kRecover;
}

}  // namespace resus::netboot
