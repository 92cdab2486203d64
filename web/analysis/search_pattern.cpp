// What a person writes as a pattern, as bytes.
#include "hw/plain_text.hpp"
#include "web/analysis/evidence_search.hpp"

namespace resus::analysis {
namespace {

hw::Result<std::string> from_hex(std::string_view digits) {
  const auto value = [](char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1; };
  std::string bytes;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
    const int high = value(digits[i]), low = value(digits[i + 1]);
    if (high < 0 || low < 0) return hw::fail(hw::Code::kUsage, "behind hex: stand pairs of hexadecimal digits");
    bytes.push_back(static_cast<char>(high << 4 | low));
  }
  if (digits.size() % 2 != 0) return hw::fail(hw::Code::kUsage, "behind hex: stands an odd number of digits");
  return bytes;
}

void put_unit(std::string& out, std::uint32_t unit) {
  out.push_back(static_cast<char>(unit & 0xff));
  out.push_back(static_cast<char>(unit >> 8));
}

/// Source: RFC 3629 section 3, RFC 2781 section 2.1. @pre UTF-8.
std::string to_utf16(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i++]);
    const int more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : lead >= 0xc0 ? 1 : 0;
    std::uint32_t code = more == 0 ? lead : lead & (0x3fu >> more);
    for (int k = 0; k < more; ++k) code = code << 6 | (static_cast<unsigned char>(text[i++]) & 0x3fu);
    if (code >= 0x10000) {
      put_unit(out, 0xd800 + ((code - 0x10000) >> 10));
      code = 0xdc00 + ((code - 0x10000) & 0x3ff);
    }
    put_unit(out, code);
  }
  return out;
}

}  // namespace

hw::Result<std::string> pattern_bytes(const std::string& pattern, bool utf16) {
  if (pattern.starts_with("hex:")) {
    if (utf16) return hw::fail(hw::Code::kUsage, "--utf16 is for text");
    return from_hex(std::string_view(pattern).substr(4));
  }
  if (!utf16) return pattern;
  if (!hw::is_utf8(pattern)) return hw::fail(hw::Code::kUsage, "the text is not UTF-8");
  return to_utf16(pattern);
}

}  // namespace resus::analysis
