#include "hw/linux/kernel_lines.hpp"

#include <sys/klog.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <sstream>

namespace resus::hw {
namespace {

bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }
bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

bool has(std::string_view line, std::string_view sign) { return line.find(sign) != std::string_view::npos; }

/// "sda" and "sda1" are the disk's, "sdab" is not; "nvme0n1p2" is nvme0n1's.
bool names_disk(std::string_view line, const std::string& disk) {
  for (auto at = line.find(disk); at != std::string_view::npos; at = line.find(disk, at + 1)) {
    const bool begins = at == 0 || !is_word(line[at - 1]);
    auto end = at + disk.size();
    const bool digit_end = is_digit(disk.back());
    if (digit_end && end < line.size() && line[end] == 'p') ++end;
    const bool partition = end > at + disk.size() || !digit_end;
    while (partition && end < line.size() && is_digit(line[end])) ++end;
    if (begins && (end == line.size() || !is_word(line[end]))) return true;
  }
  return false;
}

/// "ata3.00: …" is of port ata3, "ata31.00: …" is not.
bool names_port(std::string_view line, const std::string& port) {
  if (port.empty()) return false;
  const auto at = line.find(port + ".");
  return at != std::string_view::npos && (at == 0 || !is_word(line[at - 1]));
}

bool is_write(std::string_view line) {
  constexpr std::array<std::string_view, 8> kSigns = {"(WRITE)", "(DISCARD)", "(WRITE_ZEROES)", "(SECURE_ERASE)", "(ZONE_",
      "lost async page write", "lost sync page write", "Trying to write to read-only block-device"};
  return std::ranges::any_of(kSigns, [&](std::string_view sign) { return has(line, sign); });
}

template <class Wanted>
std::vector<std::string> lines_that(std::string_view log, Wanted wanted) {
  std::vector<std::string> found;
  std::istringstream lines{std::string(log)};
  for (std::string line; std::getline(lines, line);) {
    if (wanted(line)) found.push_back(line);
  }
  return found;
}

/// The number right behind `sign`; 0 when there is none.
std::uint64_t number_behind(std::string_view line, std::string_view sign) {
  const auto at = line.find(sign);
  std::uint64_t number = 0;
  if (at != std::string_view::npos) (void)std::from_chars(line.data() + at + sign.size(), line.data() + line.size(), number);
  return number;
}

}  // namespace

std::optional<std::string> kernel_log_text() {
  constexpr int kReadAll = 3, kSizeBuffer = 10;
  const int size = ::klogctl(kSizeBuffer, nullptr, 0);
  if (size <= 0) return std::nullopt;
  std::string log(static_cast<std::size_t>(size), '\0');
  const int got = ::klogctl(kReadAll, log.data(), size);
  if (got < 0) return std::nullopt;
  log.resize(static_cast<std::size_t>(got));
  return log;
}

std::vector<std::string> write_error_lines(std::string_view log, const std::string& disk) {
  return lines_that(log, [&](std::string_view line) { return is_write(line) && names_disk(line, disk); });
}

std::vector<std::string> lifted_area_lines(std::string_view log, const std::string& disk, const std::string& ata_port) {
  return lines_that(log, [&](std::string_view line) {
    return (has(line, "enabling native capacity") && names_disk(line, disk)) || (has(line, "HPA unlocked") && names_port(line, ata_port));
  });
}

std::uint64_t sectors_before_lift(std::string_view log, const std::string& ata_port, std::uint64_t sectors_now) {
  std::uint64_t before = 0;
  for (const auto& line : lines_that(log, [&](std::string_view one) { return has(one, "HPA ") && names_port(one, ata_port); })) {
    const auto former = std::max(number_behind(line, "HPA unlocked: "), number_behind(line, "HPA detected: current "));
    if (former > 0 && former < sectors_now && number_behind(line, ", native ") == sectors_now) before = former;
  }
  return before;
}

}  // namespace resus::hw
