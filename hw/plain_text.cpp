#include "hw/plain_text.hpp"

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

}  // namespace resus::hw
