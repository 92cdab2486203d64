#include "hw/ata_identify.hpp"

#include <algorithm>

#include "hw/byte_fields.hpp"

namespace resus::hw {
namespace {

constexpr std::size_t kPage = 512;

std::uint16_t word(std::span<const std::byte> page, std::size_t index) {
  return static_cast<std::uint16_t>(little_endian(page, 2 * index, 2));
}
bool bit(std::uint16_t value, unsigned number) { return (value >> number & 1U) != 0; }

/// ATA texts have the two characters of every word swapped.
std::string swapped_text(std::span<const std::byte> page, std::size_t first_word, std::size_t words) {
  std::vector<std::byte> bytes;
  for (std::size_t i = first_word; i < first_word + words; ++i) {
    bytes.push_back(page[2 * i + 1]);
    bytes.push_back(page[2 * i]);
  }
  return ascii_field(bytes, 0, bytes.size());
}

bool sums_to_zero(std::span<const std::byte> page) {
  unsigned sum = 0;
  for (const auto byte : page) sum += std::to_integer<unsigned>(byte);
  return (sum & 0xFFU) == 0;
}

std::string hex16(std::uint64_t value) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text(16, '0');
  for (std::size_t i = 16; i > 0; --i, value >>= 4U) text[i - 1] = kDigits[value & 15U];
  return text;
}

/// A word of which bits 15:14 are 01 says something; anything else is noise. Source: ACS-4, words 83, 106, 119.
bool valid(std::uint16_t value) { return value >> 14U == 1; }

void read_sizes(std::span<const std::byte> page, AtaIdentity& identity) {
  const bool lba48 = valid(word(page, 83)) && bit(word(page, 83), 10);
  identity.sectors = lba48 ? little_endian(page, 200, 8) & 0xFFFF'FFFF'FFFFULL : little_endian(page, 120, 4);
  const auto sizes = word(page, 106);
  if (!valid(sizes)) return;
  // In words of two bytes, 256 at the least. What lies outside of any disk there is (a bridge that fills the page with
  // something else) is noise.
  constexpr std::uint64_t kLeastWords = 256, kMostWords = 32768;
  const auto words = little_endian(page, 234, 4);
  const bool sensible = words >= kLeastWords && words <= kMostWords && (words & (words - 1)) == 0;
  if (bit(sizes, 12) && sensible) identity.logical_sector_bytes = static_cast<std::uint32_t>(words) * 2;
  const auto shift = sizes & 15U;
  identity.physical_sector_bytes = identity.logical_sector_bytes << (bit(sizes, 13) ? shift : 0U);
}

}  // namespace

Result<AtaIdentity> parse_ata_identify(std::span<const std::byte> page) {
  if (page.size() != kPage) return fail(Code::kBadInput, "IDENTIFY DEVICE has 512 bytes");
  if (bit(word(page, 0), 15)) return fail(Code::kBadInput, "IDENTIFY DEVICE of something that is no disk");
  const bool has_checksum = (word(page, 255) & 0xFFU) == 0xA5U;
  if (has_checksum && !sums_to_zero(page)) return fail(Code::kBadInput, "IDENTIFY DEVICE with a wrong checksum");
  AtaIdentity identity;
  identity.serial = swapped_text(page, 10, 10);
  identity.firmware = swapped_text(page, 23, 4);
  identity.model = swapped_text(page, 27, 20);
  read_sizes(page, identity);
  const auto sets = word(page, 82);
  const bool sets_valid = sets != 0 && sets != 0xFFFF;
  identity.smart_feature = sets_valid && bit(sets, 0);
  identity.smart_enabled = bit(word(page, 85), 0);
  identity.hpa_feature = sets_valid && bit(sets, 10);
  identity.dco_feature = valid(word(page, 83)) && bit(word(page, 83), 11);
  identity.amax_feature = valid(word(page, 119)) && bit(word(page, 119), 8);
  identity.trusted_computing = valid(word(page, 48)) && bit(word(page, 48), 0);
  identity.rotation = word(page, 217);
  const auto security = word(page, 128);
  identity.security = {.supported = bit(security, 0), .enabled = bit(security, 1), .locked = bit(security, 2), .frozen = bit(security, 3)};
  if (valid(word(page, 87)) && bit(word(page, 87), 8)) {
    std::uint64_t wwn = 0;
    for (std::size_t i = 108; i < 112; ++i) wwn = wwn << 16U | word(page, i);
    identity.wwn = hex16(wwn);
  }
  return identity;
}

Result<AtaReturn> parse_ata_return(std::span<const std::byte> sense) {
  const auto at = [&](std::size_t i) { return std::to_integer<std::uint8_t>(sense[i]); };
  if (sense.size() < 8) return fail(Code::kBadInput, "sense data end too early");
  if ((at(0) & 0x7FU) != 0x72U) return fail(Code::kBadInput, "sense data without ATA registers");
  const std::size_t end = std::min<std::size_t>(sense.size(), 8U + at(7));
  for (std::size_t begin = 8; begin + 2 <= end; begin += 2U + at(begin + 1)) {
    if (at(begin) != 0x09U || at(begin + 1) < 12U || begin + 14 > end) continue;
    AtaReturn answer{.error = at(begin + 3), .status = at(begin + 13)};
    const bool extended = (at(begin + 2) & 1U) != 0;
    answer.count = static_cast<std::uint16_t>(at(begin + 5) | (extended ? at(begin + 4) << 8U : 0U));
    const auto low = [&](std::size_t i) { return std::uint64_t{at(begin + i)}; };
    answer.lba = low(7) | low(9) << 8U | low(11) << 16U;
    if (extended) answer.lba |= low(6) << 24U | low(8) << 32U | low(10) << 40U;
    return answer;
  }
  return fail(Code::kBadInput, "sense data without ATA registers");
}

std::optional<std::uint64_t> native_sectors(const AtaReturn& answer) {
  const bool refused = (answer.status & 0x01U) != 0 || (answer.error & 0x04U) != 0;
  if (refused || answer.lba == 0) return std::nullopt;
  return answer.lba + 1;
}

Result<std::uint64_t> parse_dco_sectors(std::span<const std::byte> page) {
  if (page.size() != kPage) return fail(Code::kBadInput, "DEVICE CONFIGURATION IDENTIFY has 512 bytes");
  if ((word(page, 255) & 0xFFU) != 0xA5U || !sums_to_zero(page)) {
    return fail(Code::kBadInput, "DEVICE CONFIGURATION IDENTIFY with a wrong checksum");
  }
  return (little_endian(page, 6, 8) & 0xFFFF'FFFF'FFFFULL) + 1;
}

Result<std::vector<SmartAttribute>> parse_smart_data(std::span<const std::byte> page) {
  if (page.size() != kPage) return fail(Code::kBadInput, "SMART data have 512 bytes");
  if (!sums_to_zero(page)) return fail(Code::kBadInput, "SMART data with a wrong checksum");
  std::vector<SmartAttribute> attributes;
  for (std::size_t at = 2; at < 2 + 30 * 12; at += 12) {
    const auto id = static_cast<std::uint8_t>(little_endian(page, at, 1));
    if (id == 0) continue;
    attributes.push_back({.id = id,
                          .value = static_cast<std::uint8_t>(little_endian(page, at + 3, 1)),
                          .worst = static_cast<std::uint8_t>(little_endian(page, at + 4, 1)),
                          .raw = little_endian(page, at + 5, 6)});
  }
  return attributes;
}

std::optional<bool> smart_predicts_failure(const AtaReturn& answer) {
  const auto middle = answer.lba >> 8U & 0xFFFFU;  // LBA mid and high
  if (middle == 0xC24FU) return false;
  if (middle == 0x2CF4U) return true;
  return std::nullopt;
}

}  // namespace resus::hw
