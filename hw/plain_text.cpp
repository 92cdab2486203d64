#include "hw/plain_text.hpp"

#include <algorithm>
#include <cstdint>

#include "hw/byte_fields.hpp"

namespace resus::hw {
namespace {

bool is_control(unsigned char c) { return c < 0x20 || c == 0x7f; }

/// U+0080 to U+009F are two bytes in UTF-8.
bool is_c1(unsigned char first, unsigned char second) { return first == 0xC2 && second >= 0x80 && second < 0xA0; }

std::string without_controls(std::string_view text, bool keep_line_ends) {
  std::string out(text);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto c = static_cast<unsigned char>(out[i]);
    if (is_control(c) && !(keep_line_ends && c == '\n')) out[i] = ' ';
    if (i + 1 < out.size() && is_c1(c, static_cast<unsigned char>(out[i + 1]))) out[i] = out[i + 1] = ' ';
  }
  return out;
}

void append_utf8(std::string& text, std::uint32_t c) {
  const auto last = [c](unsigned shift) { return static_cast<char>(0x80 | (c >> shift & 63)); };
  if (c < 0x80) {
    text += static_cast<char>(c);
  } else if (c < 0x800) {
    text += {static_cast<char>(0xC0 | c >> 6), last(0)};
  } else if (c < 0x10000) {
    text += {static_cast<char>(0xE0 | c >> 12), last(6), last(0)};
  } else {
    text += {static_cast<char>(0xF0 | c >> 18), last(12), last(6), last(0)};
  }
}

}  // namespace

std::string plain_text(std::string_view text) { return without_controls(text, false); }

std::string plain_lines(std::string_view text) { return without_controls(text, true); }

bool is_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto lead = static_cast<unsigned char>(text[at]);
    const std::size_t more = lead < 0x80 ? 0 : lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
    if ((lead >= 0x80 && lead < 0xc2) || lead > 0xf4 || text.size() - at <= more) return false;
    for (std::size_t i = 1; i <= more; ++i) {
      if ((static_cast<unsigned char>(text[at + i]) & 0xc0) != 0x80) return false;
    }
    const auto second = more > 0 ? static_cast<unsigned char>(text[at + 1]) : 0;
    if ((lead == 0xe0 && second < 0xa0) || (lead == 0xed && second > 0x9f) || (lead == 0xf0 && second < 0x90) ||
        (lead == 0xf4 && second > 0x8f)) {
      return false;
    }
    at += more + 1;
  }
  return true;
}

std::string shown_text(std::string_view raw) {
  auto text = plain_text(raw);
  if (is_utf8(text)) return text;
  std::ranges::replace_if(text, [](char c) { return static_cast<unsigned char>(c) >= 0x80; }, '?');
  return text;
}

std::string utf8_of_utf16(std::span<const std::byte> utf16) {
  std::string text;
  for (std::size_t i = 0; i + 1 < utf16.size(); i += 2) {
    const auto unit = static_cast<std::uint32_t>(little_endian(utf16, i, 2));
    if (unit == 0) break;
    const bool high = unit >= 0xD800 && unit < 0xDC00;
    const auto next = high && i + 3 < utf16.size() ? static_cast<std::uint32_t>(little_endian(utf16, i + 2, 2)) : 0;
    if (high && next >= 0xDC00 && next < 0xE000) {
      append_utf8(text, 0x10000 + ((unit - 0xD800) << 10) + (next - 0xDC00));
      i += 2;
    } else {
      append_utf8(text, unit >= 0xD800 && unit < 0xE000 ? 0xFFFD : unit);
    }
  }
  return text;
}

}  // namespace resus::hw
