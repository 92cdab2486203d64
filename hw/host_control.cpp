#include "hw/host_control.hpp"

#include <algorithm>

namespace resus::hw {

std::optional<std::string> option_of(
    const std::vector<std::pair<std::string, std::string>>& command_line, std::string_view key) {
  // No std::views here: clang 14, which builds the fuzzers, does not take libstdc++ 12's.
  const auto last = std::find_if(command_line.rbegin(), command_line.rend(), [&](const auto& word) { return word.first == key; });
  if (last == command_line.rend()) return std::nullopt;
  return last->second;
}

std::vector<std::pair<std::string, std::string>> parse_command_line(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> words;
  std::string word;
  bool quoted = false;
  const auto finish = [&] {
    if (word.empty()) return;
    const auto equals = word.find('=');
    if (equals == std::string::npos) {
      words.emplace_back(word, "");
    } else {
      words.emplace_back(word.substr(0, equals), word.substr(equals + 1));
    }
    word.clear();
  };
  for (const char c : text) {
    if (c == '"') {
      quoted = !quoted;
    } else if (!quoted && (c == ' ' || c == '\t' || c == '\n' || c == '\0')) {
      finish();
    } else {
      word += c;
    }
  }
  finish();
  return words;
}

}  // namespace resus::hw
