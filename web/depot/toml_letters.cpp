#include "web/depot/toml_letters.hpp"

#include <algorithm>

namespace resus::depot {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

/// The quotation marks that begin, and end, a string here; empty where none does.
std::string_view quotes_at(std::string_view text) {
  for (const std::string_view quotes : {"\"\"\"", "'''", "\"", "'"}) {
    if (text.starts_with(quotes)) return quotes;
  }
  return {};
}

/// Bytes of the string that begins `text`, its marks included. One in single marks ends with its line at the latest.
std::size_t string_bytes(std::string_view text, std::string_view quotes) {
  const char mark = quotes.front();
  for (std::size_t at = quotes.size(); at < text.size(); ++at) {
    if (mark == '"' && text[at] == '\\') {
      ++at;
    } else if (quotes.size() == 1 && text[at] == '\n') {
      return at;
    } else if (text.substr(at).starts_with(quotes)) {
      at += quotes.size();
      // """ may be preceded by up to two marks that belong to the string.
      while (quotes.size() == 3 && at < text.size() && text[at] == mark) ++at;
      return at;
    }
  }
  return text.size();
}

bool is_letter(char c) { return static_cast<unsigned char>(c) >= 0x80; }

/// Place of the first letter that follows a backslash, white space between them or not; npos: there is none.
/// Behind a backslash toml++ looks for the white space of a line that goes on, with the same function.
std::size_t letter_behind_backslash(std::string_view string) {
  for (auto at = string.find('\\'); at != std::string_view::npos; at = string.find('\\', at)) {
    const auto next = string.find_first_not_of(" \t\r\n", at + 1);
    if (next == std::string_view::npos) break;
    if (is_letter(string[next])) return next;
    at = next == at + 1 ? next + 1 : next;  // what is escaped begins nothing
  }
  return std::string_view::npos;
}

std::size_t lines_in(std::string_view text) {
  std::size_t lines = 0;
  for (const char c : text) lines += c == '\n' ? 1 : 0;
  return lines;
}

/// Whether a name or a value may begin at the next byte. A mark elsewhere, as in a number, begins no string for toml++.
class Beginnings {
 public:
  [[nodiscard]] bool here() const { return here_; }
  void pass(char c) {
    const bool bracket = (c == '[' || c == '{') && here_;
    const bool apart = c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ',' || bracket;
    here_ = apart || (c == '=' && !assigned_);
    assigned_ = !apart && (assigned_ || c == '=');
  }
  void pass_string() { here_ = false; }

 private:
  bool here_ = true;
  bool assigned_ = false;  ///< an equals sign since then
};

}  // namespace

std::size_t line_of_bare_letter(std::string_view text) {
  std::size_t line = 1;
  Beginnings begins;
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  while (!text.empty()) {
    if (is_letter(text.front())) return line;
    std::size_t bytes = 1;
    if (const auto quotes = quotes_at(text); !quotes.empty() && begins.here()) {
      bytes = string_bytes(text, quotes);
      const auto letter = quotes.front() == '"' ? letter_behind_backslash(text.substr(0, bytes)) : std::string_view::npos;
      if (letter != std::string_view::npos) return line + lines_in(text.substr(0, letter));
      begins.pass_string();
    } else if (text.front() == '#') {
      bytes = std::min(text.find('\n'), text.size());
    } else {
      begins.pass(text.front());
    }
    line += lines_in(text.substr(0, bytes));
    text.remove_prefix(bytes);
  }
  return 0;
}

}  // namespace resus::depot
