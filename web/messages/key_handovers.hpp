#pragma once
// Answer of GET /keys: how the depot's signing key came to be another one than the boot image names.
#include <string>
#include <vector>

#include "web/messages/codec.hpp"

namespace resus::messages {

struct KeyHandovers {
  std::vector<std::string> envelopes;  ///< imaging/FORMAT.md section 9; each proves itself, in no particular order
};

inline constexpr std::size_t kMaxHandovers = 64;

[[nodiscard]] std::string encode(const KeyHandovers& handovers);
template <>
[[nodiscard]] Result<KeyHandovers> decode<KeyHandovers>(std::string_view body);

}  // namespace resus::messages
