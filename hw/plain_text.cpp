#include "hw/plain_text.hpp"

#include <algorithm>

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

}  // namespace resus::hw
