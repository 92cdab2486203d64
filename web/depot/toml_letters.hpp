#pragma once
// What toml++ must not be given.
#include <cstddef>
#include <string_view>

namespace resus::depot {

/// Number of the first line, counted from 1, with a byte beyond ASCII outside of strings and comments, or in a string behind a
/// backslash (and white space, where a line goes on); 0: there is none. TOML 1.0 allows none there but the last, and toml++ 3.3
/// does not refuse every such letter: at some it runs into code that it declares unreachable (is_non_ascii_whitespace, found by
/// fuzzing). A byte order mark at the beginning is no letter.
[[nodiscard]] std::size_t line_of_bare_letter(std::string_view text);

}  // namespace resus::depot
