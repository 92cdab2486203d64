#pragma once
// A QR code as vector graphics. libqrencode (LGPL 2.1, linked dynamically).
#include <string>
#include <string_view>

#include "hw/result.hpp"

namespace resus::report {

/// One <svg> element, a module wide quiet zone of four on each side, error correction M (15 %: a label gets scratched).
/// `title` is what a screen reader says. Errors: kBadInput when the text is empty or too long for a code (2331 bytes).
[[nodiscard]] hw::Result<std::string> qr_svg(std::string_view text, std::string_view title);

}  // namespace resus::report
