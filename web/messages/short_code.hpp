#pragma once
// The six characters a person compares between the machine's console and the approval page.
#include <string>

#include "imaging/block.hpp"

namespace resus::messages {

/// First 30 bits of SHA-256("resus:short-code\n" ‖ agent key ‖ depot key), five bits a character, of
/// "23456789ABCDEFGHJKLMNPQRSTUVWXYZ" (nothing that looks like something else). Both sides compute it themselves.
/// Units: both keys are SHA-256 of the DER SubjectPublicKeyInfo.
[[nodiscard]] std::string short_code(const imaging::Digest& agent_key, const imaging::Digest& depot_key);

}  // namespace resus::messages
