#pragma once
// Text from outside on its way to a terminal.
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace resus::hw {

/// The text without anything a terminal obeys: each control character (C0, DEL, and C1 as UTF-8 writes it) becomes
/// a space. What a machine calls its disk, or a backup its files, must not drive the operator's screen.
/// Source: ECMA-48, 5.2 and 5.3.
[[nodiscard]] std::string plain_text(std::string_view text);
/// The same, but line ends stay.
[[nodiscard]] std::string plain_lines(std::string_view text);
/// RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
[[nodiscard]] bool is_utf8(std::string_view text);
/// plain_text() that can also stand in JSON: where it is no UTF-8, every byte beyond ASCII becomes "?".
[[nodiscard]] std::string shown_text(std::string_view raw);
/// UTF-16LE to UTF-8, up to the first zero; unpaired surrogates become U+FFFD.
[[nodiscard]] std::string utf8_of_utf16(std::span<const std::byte> utf16);

}  // namespace resus::hw
