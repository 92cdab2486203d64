#pragma once
// Whether a disk encrypts itself, and whether it is locked now.
#include <cstddef>
#include <span>
#include <string>

#include "hw/result.hpp"

namespace resus::hw {

/// Answer to TCG Level 0 Discovery. Source: TCG Storage Architecture Core Specification 2.01, section 3.3.6.
struct OpalState {
  std::string kind;             ///< "Opal 2.0", "Opal 1.0", "Enterprise", "Pyrite", "Ruby"; empty: none of them
  bool locking_supported = false;
  bool locking_enabled = false; ///< somebody has taken it into use
  bool locked = false;          ///< at least one range is locked: it reads as errors or zeros
  bool media_encryption = false;
  bool mbr_shadow = false;      ///< a shadow MBR stands before the disk: its first sectors are not the disk's
};
/// @param answer what IF-RECV / TRUSTED RECEIVE gave for protocol 01h, ComID 0001h; bytes behind its length are ignored.
/// Errors: kBadInput when features run over the end.
[[nodiscard]] Result<OpalState> parse_opal_discovery(std::span<const std::byte> answer);

}  // namespace resus::hw
