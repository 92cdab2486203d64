#include "firmware/agent/screen.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>

#include "hw/plain_text.hpp"

namespace resus::agent {

namespace {

constexpr std::size_t kColumns = 78;
constexpr std::size_t kBarColumns = 50;
constexpr std::string_view kClear = "\033[H\033[2J\033[3J";
constexpr std::string_view kBold = "\033[1m";
constexpr std::string_view kPlain = "\033[0m";

struct Letter {
  char name;
  std::array<unsigned char, 7> rows;  ///< five dots a row, the leftmost is bit 4
};
/// The 5 by 7 shapes every terminal and printer of the seventies had.
constexpr Letter kLetters[] = {
    {'0', {14, 17, 19, 21, 25, 17, 14}}, {'1', {4, 12, 4, 4, 4, 4, 14}},      {'2', {14, 17, 1, 2, 4, 8, 31}},
    {'3', {31, 2, 4, 2, 1, 17, 14}},     {'4', {2, 6, 10, 18, 31, 2, 2}},     {'5', {31, 16, 30, 1, 1, 17, 14}},
    {'6', {6, 8, 16, 30, 17, 17, 14}},   {'7', {31, 1, 2, 4, 8, 8, 8}},       {'8', {14, 17, 17, 14, 17, 17, 14}},
    {'9', {14, 17, 17, 15, 1, 2, 12}},   {'A', {14, 17, 17, 31, 17, 17, 17}}, {'B', {30, 17, 17, 30, 17, 17, 30}},
    {'C', {14, 17, 16, 16, 16, 17, 14}}, {'D', {28, 18, 17, 17, 17, 18, 28}}, {'E', {31, 16, 16, 30, 16, 16, 31}},
    {'F', {31, 16, 16, 30, 16, 16, 16}}, {'G', {14, 17, 16, 23, 17, 17, 15}}, {'H', {17, 17, 17, 31, 17, 17, 17}},
    {'I', {14, 4, 4, 4, 4, 4, 14}},      {'J', {7, 2, 2, 2, 2, 18, 12}},      {'K', {17, 18, 20, 24, 20, 18, 17}},
    {'L', {16, 16, 16, 16, 16, 16, 31}}, {'M', {17, 27, 21, 21, 17, 17, 17}}, {'N', {17, 17, 25, 21, 19, 17, 17}},
    {'O', {14, 17, 17, 17, 17, 17, 14}}, {'P', {30, 17, 17, 30, 16, 16, 16}}, {'Q', {14, 17, 17, 17, 21, 18, 13}},
    {'R', {30, 17, 17, 30, 20, 18, 17}}, {'S', {15, 16, 16, 14, 1, 1, 30}},   {'T', {31, 4, 4, 4, 4, 4, 4}},
    {'U', {17, 17, 17, 17, 17, 17, 14}}, {'V', {17, 17, 17, 17, 17, 10, 4}},  {'W', {17, 17, 17, 21, 21, 21, 10}},
    {'X', {17, 17, 10, 4, 10, 17, 17}},  {'Y', {17, 17, 17, 10, 4, 4, 4}},    {'Z', {31, 1, 2, 4, 8, 16, 31}},
    {'-', {0, 0, 0, 31, 0, 0, 0}},
};

std::string line(const std::string& text) { return " " + hw::plain_text(text).substr(0, kColumns) + "\r\n"; }

std::string title(const Snapshot& s) { return s.task.slot.empty() ? s.machine_id : s.task.slot; }

int percent(const Snapshot& s) {
  return s.total == 0 ? 0 : static_cast<int>(100.0 * static_cast<double>(s.done) / static_cast<double>(s.total));
}

std::string bar(const Snapshot& s) {
  const auto filled = std::min(kBarColumns, kBarColumns * static_cast<std::size_t>(percent(s)) / 100);
  return "[" + std::string(filled, '#') + std::string(kBarColumns - filled, '.') + "] " + std::to_string(percent(s)) + " %";
}

std::string amounts(const Snapshot& s) {
  auto text = human_bytes(s.done) + " of " + human_bytes(s.total);
  if (s.bps > 0) text += ", " + human_bytes(s.bps) + "/s";
  return text;
}

std::string trouble_lines(const hw::Error& error) {
  const auto& row = hw::info(error.code);
  return line("") + line(std::string(row.id) + "  " + std::string(row.what_happened)) + (error.context.empty() ? std::string() : line(error.context)) +
         line("Safe: " + std::string(row.what_is_safe)) + line("Next: " + std::string(row.next_action));
}

}  // namespace

std::string human_bytes(std::uint64_t bytes) {
  constexpr std::array<const char*, 5> kUnits = {"B", "kB", "MB", "GB", "TB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; value >= 1000 && unit + 1 < kUnits.size(); ++unit) value /= 1000;
  char text[32];
  std::snprintf(text, sizeof text, unit == 0 ? "%.0f %s" : "%.1f %s", value, kUnits[unit]);
  return text;
}

std::string big_letters(const std::string& text) {
  std::string out;
  for (std::size_t row = 0; row < 7; ++row) {
    for (const char c : text) {
      const char upper = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
      const auto* shape = std::find_if(std::begin(kLetters), std::end(kLetters), [&](const Letter& l) { return l.name == upper; });
      if (shape == std::end(kLetters)) continue;
      for (int bit = 4; bit >= 0; --bit) out += (shape->rows[row] >> bit & 1) != 0 ? '#' : ' ';
      out += "  ";
    }
    out += "\n";
  }
  return out;
}

std::string render_screen(const Snapshot& s) {
  std::string screen(kClear);
  if (s.task.locate) {
    std::string big;
    for (const char c : big_letters(title(s))) big += c == '\n' ? std::string("\r\n  ") : std::string(1, c);
    screen += "\r\n\r\n" + std::string(kBold) + "  " + big + std::string(kPlain) + "\r\n";
  }
  screen += std::string(kBold) + line("RESUS   " + title(s) + (title(s) == s.machine_id ? "" : "   " + s.machine_id)) + std::string(kPlain);
  screen += line("") + line("Code on this screen:  " + s.short_code + "   (compare it with the approval page)") + line("");
  screen += std::string(kBold) + line(s.task.sentence.empty() ? "Looking for the depot." : s.task.sentence) + std::string(kPlain);
  if (!s.stage.empty()) screen += line("") + line(bar(s)) + line(amounts(s));
  if (!s.paused.empty()) screen += line("Waiting: " + s.paused);
  if (!s.contact) screen += line("The depot " + s.depot + " does not answer. Trying again without end.");
  if (const auto trouble = trouble_of(s)) screen += trouble_lines(*trouble);
  screen += line("") + line("Disk:     " + (s.disk.empty() ? "-" : s.disk)) + line("Address:  " + s.address + "   Depot: " + s.depot + "   Build: " + s.build);
  screen += line("Do not switch off. If the power fails, just switch on again.");
  return screen;
}

std::string render_line(const Snapshot& s) {
  auto text = "resus " + title(s) + " " + s.short_code + ": " + (s.task.phase.empty() ? "no contact yet" : s.task.phase);
  if (!s.task.sentence.empty()) text += ": " + s.task.sentence;
  if (!s.stage.empty()) text += " " + s.stage + " " + std::to_string(percent(s)) + " %";
  if (!s.paused.empty()) text += " (waiting: " + s.paused + ")";
  if (const auto trouble = trouble_of(s)) text += " " + trouble->to_string();
  return hw::plain_text(text);
}

}  // namespace resus::agent
