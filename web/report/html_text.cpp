#include "web/report/html_text.hpp"

#include "hw/plain_text.hpp"
#include "imaging/base64.hpp"
#include "imaging/block.hpp"

namespace resus::report {

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : hw::shown_text(text)) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out.push_back(c);
    }
  }
  return out;
}

std::string grouped(std::uint64_t number) {
  const auto digits = std::to_string(number);
  std::string out;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) out += "\u00a0";
    out.push_back(digits[i]);
  }
  return out;
}

std::string policy_source(std::string_view style) {
  const auto digest = imaging::sha256(std::as_bytes(std::span(style)));
  const std::string_view bytes(reinterpret_cast<const char*>(digest.bytes.data()), digest.bytes.size());
  return "'sha256-" + imaging::base64_encode(bytes) + "'";
}

}  // namespace resus::report
