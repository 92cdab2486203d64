#include "hw/machine.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace resus::hw {
namespace {

// What makers leave in the fields they never filled. Compared in lower case.
constexpr std::array<std::string_view, 33> kPlaceholders = {
    "to be filled by o.e.m.", "to be filled by o.e.m", "to be filled", "default string", "default",
    "none", "n/a", "na", "not specified", "not applicable", "not available", "not settable", "unknown",
    "unspecified", "invalid", "empty", "o.e.m.", "oem", "oem_serial", "system serial number",
    "chassis serial number", "base board serial number", "serial", "serial number", "system product name",
    "system manufacturer", "no asset tag", "no asset information", "asset-1234567890", "asset tag",
    "0123456789", "123456789", "1234567890",
};
// UUIDs that whole production runs share. All-zero and all-one ones are recognised by themselves.
constexpr std::array<std::string_view, 3> kSharedUuids = {
    "03000200-0400-0500-0006-000700080009",
    "00020003-0004-0005-0006-000700080009",
    "12345678-1234-5678-90ab-cddeefaabbcc",
};

std::string cleaned(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  std::string value(text.substr(first, text.find_last_not_of(" \t") - first + 1));
  std::string lower = value;
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (std::ranges::find(kPlaceholders, lower) != kPlaceholders.end()) return {};
  // "00000000", "xxxxxxxx", "........"
  const bool one_letter = std::ranges::all_of(lower, [&](char c) { return c == lower.front(); });
  if (one_letter && (lower.size() > 1 || !std::isalnum(static_cast<unsigned char>(lower.front())))) return {};
  // A table is outside data: nothing unprintable goes on from here.
  std::ranges::replace_if(value, [](unsigned char c) { return c < 0x20 || c == 0x7f; }, '?');
  return value;
}

/// The first three fields are little-endian. Source: DSP0134 3.6, 7.2.1.
std::string uuid_text(std::string_view bytes) {
  const auto at = [&](int i) { return static_cast<unsigned>(static_cast<unsigned char>(bytes[i])); };
  std::array<char, 37> text{};
  std::snprintf(text.data(), text.size(), "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
                at(3), at(2), at(1), at(0), at(5), at(4), at(7), at(6), at(8), at(9), at(10), at(11), at(12), at(13),
                at(14), at(15));
  const std::string uuid(text.data());
  const bool constant = std::ranges::all_of(bytes, [&](char c) { return c == bytes.front(); });
  if (constant || std::ranges::find(kSharedUuids, uuid) != kSharedUuids.end()) return {};
  return uuid;
}

/// One structure: its formatted part and the strings behind it.
struct Structure {
  std::string_view formatted;
  std::vector<std::string_view> strings;

  [[nodiscard]] int type() const { return static_cast<unsigned char>(formatted[0]); }
  /// The string a one-byte field refers to, counted from 1.
  [[nodiscard]] std::string text(std::size_t field) const {
    if (field >= formatted.size()) return {};
    const auto number = static_cast<unsigned char>(formatted[field]);
    return number == 0 || number > strings.size() ? "" : cleaned(strings[number - 1]);
  }
};

constexpr int kBios = 0, kSystem = 1, kChassis = 3, kEndOfTable = 127;
constexpr std::size_t kUuidField = 8;

/// Takes the next structure off the front. Source: DSP0134 3.6, 6.1.2 and 6.1.3.
Result<Structure> take(std::string_view& table) {
  if (table.size() < 4) return fail(Code::kBadInput, "SMBIOS table ends inside a structure");
  const std::size_t length = static_cast<unsigned char>(table[1]);
  if (length < 4 || length > table.size()) return fail(Code::kBadInput, "SMBIOS structure of impossible length");
  Structure structure{.formatted = table.substr(0, length), .strings = {}};
  std::size_t at = length;
  while (at < table.size() && table[at] != '\0') {
    const auto end = table.find('\0', at);
    if (end == std::string_view::npos) break;
    structure.strings.push_back(table.substr(at, end - at));
    at = end + 1;
  }
  // A set of strings ends with one zero more; no strings at all are two zeros.
  if (structure.strings.empty()) ++at;
  if (at >= table.size() || table[at] != '\0') return fail(Code::kBadInput, "SMBIOS strings run over the table's end");
  table.remove_prefix(at + 1);
  return structure;
}

}  // namespace

Result<SmbiosIdentity> parse_smbios(std::string_view table) {
  SmbiosIdentity identity;
  std::string chassis_serial;
  while (!table.empty()) {
    RESUS_TRY(auto structure, take(table));
    if (structure.type() == kEndOfTable) break;
    if (structure.type() == kBios) identity.bios_version = structure.text(5);
    if (structure.type() == kSystem) {
      identity.manufacturer = structure.text(4);
      identity.product = structure.text(5);
      identity.serial = structure.text(7);
      if (structure.formatted.size() >= kUuidField + 16) {
        identity.uuid = uuid_text(structure.formatted.substr(kUuidField, 16));
      }
    }
    if (structure.type() == kChassis) {
      chassis_serial = structure.text(7);
      identity.asset_tag = structure.text(8);
    }
  }
  if (identity.serial.empty()) identity.serial = chassis_serial;
  return identity;
}

}  // namespace resus::hw
