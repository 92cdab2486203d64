#pragma once
// Inside of the custody log: how a line is made and told from a torn one.
#include <boost/json/value.hpp>
#include <string>
#include <string_view>

#include "imaging/custody.hpp"

namespace resus::imaging {

/// Longest line, newline included. A tail of this size always holds the last line.
inline constexpr std::size_t kMaxCustodyLine = 256 * 1024;

/// SHA-256 of a line without its newline.
[[nodiscard]] Digest line_digest(std::string_view line);
/// The payload of a line.
[[nodiscard]] std::string to_json(const CustodyEntry& entry, const boost::json::value& details);
/// A last line that a crash left half-written although its newline is there: pages that never
/// reached the disk read as NUL, which JSON cannot hold.
[[nodiscard]] inline bool is_torn(std::string_view last_line) {
  return last_line.find('\0') != std::string_view::npos;
}

}  // namespace resus::imaging
