#pragma once
// Text from anywhere on its way into a page that runs no script.
#include <string>
#include <string_view>

namespace resus::report {

/// Safe between tags and inside a quoted attribute: & < > " ' are written as references, what is no UTF-8 and every
/// control character as hw::shown_text() does.
[[nodiscard]] std::string escaped(std::string_view text);
/// A whole number in groups of three digits: "500 107 862 016". The spaces do not break.
[[nodiscard]] std::string grouped(std::uint64_t number);
/// "'sha256-…'" as a Content-Security-Policy names this style sheet.
[[nodiscard]] std::string policy_source(std::string_view style);

}  // namespace resus::report
