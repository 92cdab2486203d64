// Case data as the tag lines of the sections "header2" and "header".
#include <libdeflate.h>

#include <chrono>
#include <memory>
#include <utility>
#include <vector>

#include "hw/plain_text.hpp"
#include "imaging/labs/e01_format.hpp"

namespace resus::imaging::e01 {
namespace {

constexpr std::size_t kProgramCharacters = 11;
constexpr std::string_view kSystem = "Linux";  // at most 23 characters

using Tags = std::vector<std::pair<std::string, std::string>>;

/// Tabs and line ends part the fields: shown_text() has made spaces of them.
std::string field(const std::string& text) { return hw::shown_text(text); }

std::string lines(std::string_view number, const Tags& tags, std::string_view end) {
  std::string names, values;
  for (const auto& [name, value] : tags) {
    names += (names.empty() ? "" : "\t") + name;
    values += (&value == &tags.front().second ? "" : "\t") + value;
  }
  std::string text;
  for (const std::string_view line : {number, std::string_view("main"), std::string_view(names), std::string_view(values), std::string_view()})
    text.append(line).append(end);
  return text;
}

/// One code point of valid UTF-8; `at` goes on behind it.
char32_t code_point(std::string_view text, std::size_t& at) {
  const auto lead = static_cast<unsigned char>(text[at++]);
  const int more = lead < 0x80 ? 0 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
  char32_t point = more == 0 ? lead : lead & (0x3f >> more);
  for (int i = 0; i < more; ++i) point = point << 6 | (static_cast<unsigned char>(text[at++]) & 0x3f);
  return point;
}

void put_unit(std::string& out, char32_t unit) {
  out.push_back(static_cast<char>(unit & 0xff));
  out.push_back(static_cast<char>(unit >> 8));
}

/// Little-endian with a byte order mark. @pre `text` is UTF-8 (field() sees to that)
std::string utf16(std::string_view text) {
  std::string out = "\xff\xfe";
  for (std::size_t at = 0; at < text.size();) {
    const auto point = code_point(text, at);
    if (point >= 0x10000) put_unit(out, 0xd800 + ((point - 0x10000) >> 10));
    put_unit(out, point < 0x10000 ? point : 0xdc00 + ((point - 0x10000) & 0x3ff));
  }
  return out;
}

std::string ascii(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const auto point = code_point(text, at);
    out.push_back(point < 0x80 ? static_cast<char>(point) : '?');
  }
  return out;
}

std::string deflated(const std::string& text) {
  struct Free {
    void operator()(libdeflate_compressor* c) const { libdeflate_free_compressor(c); }
  };
  const std::unique_ptr<libdeflate_compressor, Free> compressor(libdeflate_alloc_compressor(6));
  std::string out(libdeflate_zlib_compress_bound(compressor.get(), text.size()), '\0');
  out.resize(libdeflate_zlib_compress(compressor.get(), text.data(), text.size(), out.data(), out.size()));
  return out;
}

/// "2026 11 25 16 30 7", as the older section has it.
std::string spaced(std::int64_t seconds) {
  using namespace std::chrono;
  const sys_seconds time{std::chrono::seconds(seconds)};
  const auto day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss clock(time - day);
  std::string out = std::to_string(static_cast<int>(date.year()));
  for (const auto part : {static_cast<long>(static_cast<unsigned>(date.month())), static_cast<long>(static_cast<unsigned>(date.day())),
                          static_cast<long>(clock.hours().count()), static_cast<long>(clock.minutes().count()), static_cast<long>(clock.seconds().count())})
    out += " " + std::to_string(part);
  return out;
}

}  // namespace

std::string header2_payload(const CaseData& data) {
  const Tags tags{{"a", field(data.description)}, {"c", field(data.case_number)}, {"n", field(data.evidence_number)},
                  {"e", field(data.examiner)}, {"t", field(data.notes)}, {"md", field(data.model)}, {"sn", field(data.serial)},
                  {"av", field(data.program).substr(0, kProgramCharacters)}, {"ov", std::string(kSystem)},
                  {"m", std::to_string(data.acquired_at)}, {"u", std::to_string(data.written_at)}, {"p", "0"}, {"dc", ""}};
  const auto text = lines("3", tags, "\n") +
                    "srce\n0\t1\np\tn\tid\tev\ttb\tlo\tpo\tah\tgu\taq\n0\t0\n\t\t\t\t\t-1\t-1\t\t\t\n\n"
                    "sub\n0\t1\np\tn\tid\tnu\tco\tgu\n0\t0\n\t\t\t\t1\t\n\n";
  return deflated(utf16(text));
}

std::string header_payload(const CaseData& data) {
  const Tags tags{{"c", field(data.case_number)}, {"n", field(data.evidence_number)}, {"a", field(data.description)},
                  {"e", field(data.examiner)}, {"t", field(data.notes)}, {"av", field(data.program).substr(0, kProgramCharacters)},
                  {"ov", std::string(kSystem)}, {"m", spaced(data.acquired_at)}, {"u", spaced(data.written_at)}, {"p", "0"}};
  return deflated(ascii(lines("1", tags, "\r\n")));
}

}  // namespace resus::imaging::e01
