#include "hw/firmware_state.hpp"

#include <charconv>

#include "hw/byte_fields.hpp"
#include "hw/plain_text.hpp"

namespace resus::hw {
namespace {

constexpr std::string_view kGlobal = "8be4df61-93ca-11d2-aa0d-00e098032b8c";  // EFI_GLOBAL_VARIABLE
constexpr std::uint32_t kLoadOptionActive = 1;

std::span<const std::byte> bytes_of(const std::string& text) { return std::as_bytes(std::span(text)); }

std::vector<std::uint16_t> numbers_of(const std::string& value) {
  std::vector<std::uint16_t> numbers;
  const auto bytes = bytes_of(value);
  for (std::size_t at = 0; at + 2 <= bytes.size(); at += 2) numbers.push_back(static_cast<std::uint16_t>(little_endian(bytes, at, 2)));
  return numbers;
}

/// "Boot0003" gives 3; BootOrder, BootCurrent and the like give nothing.
std::optional<std::uint16_t> number_of_entry(std::string_view name) {
  constexpr std::string_view kBoot = "Boot";
  if (!name.starts_with(kBoot) || name.size() != kBoot.size() + 4) return std::nullopt;
  std::uint16_t number = 0;
  const auto [end, problem] = std::from_chars(name.data() + kBoot.size(), name.data() + name.size(), number, 16);
  if (problem != std::errc() || end != name.data() + name.size()) return std::nullopt;
  return number;
}

/// Bytes of the text with its closing zero; nothing when there is none.
std::optional<std::size_t> text_bytes(std::span<const std::byte> utf16) {
  for (std::size_t at = 0; at + 2 <= utf16.size(); at += 2) {
    if (little_endian(utf16, at, 2) == 0) return at + 2;
  }
  return std::nullopt;
}

/// The names in the file path nodes (type 4, subtype 4), one after the other. A path ends with type 7Fh.
Result<std::string> file_of(std::span<const std::byte> path) {
  std::string file;
  for (std::size_t at = 0; at < path.size();) {
    if (path.size() - at < 4) return fail(Code::kBadInput, "the device path ends inside a node");
    const auto type = std::to_integer<unsigned>(path[at]), subtype = std::to_integer<unsigned>(path[at + 1]);
    const auto length = little_endian(path, at + 2, 2);
    if (length < 4 || length > path.size() - at) return fail(Code::kBadInput, "a node of the device path has a wrong length");
    if (type == 0x7F) break;
    if (type == 4 && subtype == 4) file += utf8_of_utf16(path.subspan(at + 4, length - 4));
    at += length;
  }
  return file;
}

}  // namespace

Result<BootEntry> parse_boot_entry(std::uint16_t number, std::span<const std::byte> value) {
  constexpr std::size_t kHead = 6;  // attributes, length of the device path
  if (value.size() < kHead) return fail(Code::kBadInput, "a boot entry ends inside its head");
  BootEntry entry{.number = number, .active = (little_endian(value, 0, 4) & kLoadOptionActive) != 0};
  const auto path_bytes = little_endian(value, 4, 2);
  const auto rest = value.subspan(kHead);
  const auto name_bytes = text_bytes(rest);
  if (!name_bytes || path_bytes > rest.size() - *name_bytes) return fail(Code::kBadInput, "a boot entry ends too early");
  entry.description = plain_text(utf8_of_utf16(rest.first(*name_bytes)));
  RESUS_TRY(const auto file, file_of(rest.subspan(*name_bytes, path_bytes)));
  entry.file = plain_text(file);
  return entry;
}

BootOrder boot_order_of(const FirmwareState& state) {
  BootOrder boot;
  for (const auto& variable : state.variables) {
    if (variable.vendor != kGlobal) continue;
    const auto numbers = numbers_of(variable.value);
    if (variable.name == "BootOrder") boot.order = numbers;
    if (variable.name == "BootCurrent" && !numbers.empty()) boot.current = numbers.front();
    if (variable.name == "BootNext" && !numbers.empty()) boot.next = numbers.front();
    const auto number = number_of_entry(variable.name);
    if (!number) continue;
    if (auto entry = parse_boot_entry(*number, bytes_of(variable.value))) boot.entries.push_back(std::move(entry.value()));
    else boot.notes.push_back(variable.name + ": " + entry.error().context);
  }
  return boot;
}

}  // namespace resus::hw
