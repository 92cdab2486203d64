#include "imaging/restore/windows_names.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace resus::imaging {
namespace {

constexpr std::size_t kMaxUnits = 255;
constexpr std::uint32_t kBad = 0xffffffff;

/// Next code point, kBad where the bytes are not UTF-8.
std::uint32_t next_point(std::string_view text, std::size_t& at) {
  const auto lead = static_cast<unsigned char>(text[at++]);
  if (lead < 0x80) return lead;
  const int more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
  if (lead < 0xc2 || lead > 0xf4) return kBad;
  std::uint32_t point = lead & (0x3fU >> more);
  for (int i = 0; i < more; ++i) {
    if (at >= text.size() || (static_cast<unsigned char>(text[at]) & 0xc0) != 0x80) return kBad;
    point = point << 6 | (static_cast<unsigned char>(text[at++]) & 0x3fU);
  }
  constexpr std::array<std::uint32_t, 4> kLeast{0, 0x80, 0x800, 0x10000};
  const bool surrogate = point >= 0xd800 && point < 0xe000;
  return point < kLeast[static_cast<std::size_t>(more)] || point > 0x10ffff || surrogate ? kBad : point;
}

bool between(std::uint32_t point, std::uint32_t first, std::uint32_t last) { return point >= first && point <= last; }

/// Blocks in which upper and lower case alternate, upper first.
bool alternates_even(std::uint32_t p) {
  return between(p, 0x100, 0x137) || between(p, 0x14a, 0x177) || between(p, 0x460, 0x481) ||
         between(p, 0x48a, 0x4bf) || between(p, 0x4d0, 0x52f) || between(p, 0x1e00, 0x1e95) ||
         between(p, 0x1ea0, 0x1eff);
}
bool alternates_odd(std::uint32_t p) {
  return between(p, 0x139, 0x148) || between(p, 0x179, 0x17e) || between(p, 0x4c1, 0x4ce);
}

std::uint32_t upper(std::uint32_t p) {
  if (between(p, 'a', 'z') || (between(p, 0xe0, 0xfe) && p != 0xf7)) return p - 32;
  if (p == 0xff) return 0x178;
  if (p == 0x131 || p == 0x130) return p;  // the two of Turkish: $UpCase leaves them alone
  if (alternates_even(p)) return p & ~1U;
  if (alternates_odd(p)) return (p & 1) != 0 ? p : p - 1;
  if (between(p, 0x3b1, 0x3cb) && p != 0x3c2) return p - 32;
  if (p == 0x3ac) return 0x386;
  if (between(p, 0x3ad, 0x3af)) return p - 37;
  if (between(p, 0x430, 0x44f)) return p - 32;
  if (between(p, 0x450, 0x45f)) return p - 80;
  if (between(p, 0x561, 0x586)) return p - 48;
  if (between(p, 0xff41, 0xff5a)) return p - 32;
  return p;
}

bool is_device_name(std::string_view name) {
  std::string stem = windows_fold(name.substr(0, name.find('.')));
  while (!stem.empty() && stem.back() == ' ') stem.pop_back();
  constexpr std::array<std::string_view, 4> kPlain{"CON", "PRN", "AUX", "NUL"};
  if (std::find(kPlain.begin(), kPlain.end(), stem) != kPlain.end()) return true;
  const bool numbered = stem.size() == 4 && stem[3] >= '1' && stem[3] <= '9';
  return numbered && (stem.starts_with("COM") || stem.starts_with("LPT"));
}

}  // namespace

std::optional<std::string> windows_refuses(std::string_view name) {
  std::size_t units = 0;
  for (std::size_t at = 0; at < name.size();) {
    const auto point = next_point(name, at);
    if (point == kBad) return "the name is not UTF-8, and NTFS has no other";
    if (point < 0x20 || std::string_view("\"*:<>?\\|").find(static_cast<char>(point < 0x80 ? point : ' ')) !=
                            std::string_view::npos) {
      return "Windows forbids a character of the name";
    }
    units += point > 0xffff ? 2 : 1;
  }
  if (units > kMaxUnits) return "the name is longer than 255 characters";
  if (name.ends_with('.') || name.ends_with(' ')) return "Windows drops the dot or space at the name's end";
  if (is_device_name(name)) return "Windows keeps this name for a device";
  return std::nullopt;
}

std::string windows_fold(std::string_view name) {
  std::string folded;
  for (std::size_t at = 0; at < name.size();) {
    const std::size_t from = at;
    const auto point = next_point(name, at);
    const auto big = point == kBad ? kBad : upper(point);
    if (big == point) {
      folded += name.substr(from, at - from);
    } else if (big < 0x80) {
      folded += static_cast<char>(big);
    } else if (big < 0x800) {
      folded += {static_cast<char>(0xc0 | big >> 6), static_cast<char>(0x80 | (big & 0x3f))};
    } else {
      folded += {static_cast<char>(0xe0 | big >> 12), static_cast<char>(0x80 | (big >> 6 & 0x3f)),
                 static_cast<char>(0x80 | (big & 0x3f))};
    }
  }
  return folded;
}

}  // namespace resus::imaging
