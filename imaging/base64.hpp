#pragma once
// RFC 4648 section 4, with padding and without line breaks.
#include <string>
#include <string_view>

#include "hw/result.hpp"

namespace resus::imaging {

[[nodiscard]] std::string base64_encode(std::string_view bytes);
/// Errors: kBadInput for anything base64_encode() would not produce (white space, missing padding,
/// stray bits in the last character).
[[nodiscard]] hw::Result<std::string> base64_decode(std::string_view text);

}  // namespace resus::imaging
