#include "hw/opal_discovery.hpp"

#include <algorithm>
#include <cstdint>

#include "hw/byte_fields.hpp"

namespace resus::hw {
namespace {

constexpr std::size_t kHeader = 48;
constexpr std::uint64_t kLocking = 0x0002;

std::string kind_of(std::uint64_t feature) {
  switch (feature) {
    case 0x0100: return "Enterprise";
    case 0x0200: return "Opal 1.0";
    case 0x0203: return "Opal 2.0";
    case 0x0302:
    case 0x0303: return "Pyrite";
    case 0x0304: return "Ruby";
    default: return {};
  }
}

void read_locking(std::uint64_t flags, OpalState& state) {
  const auto bit = [&](unsigned number) { return (flags >> number & 1U) != 0; };
  state.locking_supported = bit(0);
  state.locking_enabled = bit(1);
  state.locked = bit(2);
  state.media_encryption = bit(3);
  state.mbr_shadow = bit(4) && !bit(5);  // enabled, and not done for this power cycle
}

}  // namespace

Result<OpalState> parse_opal_discovery(std::span<const std::byte> answer) {
  if (answer.size() < kHeader) return fail(Code::kBadInput, "TCG discovery ends before its header does");
  const auto length = big_endian(answer, 0, 4);
  if (length > answer.size() - 4) return fail(Code::kBadInput, "TCG discovery is longer than what was read of it");
  const auto end = std::max<std::size_t>(static_cast<std::size_t>(length) + 4, kHeader);
  OpalState state;
  for (std::size_t at = kHeader; at < end;) {
    if (end - at < 4) return fail(Code::kBadInput, "TCG discovery ends inside a feature");
    const auto feature = big_endian(answer, at, 2);
    const auto size = static_cast<std::size_t>(big_endian(answer, at + 3, 1));
    if (size > end - at - 4) return fail(Code::kBadInput, "a feature of TCG discovery runs over its end");
    if (feature == kLocking && size >= 1) read_locking(big_endian(answer, at + 4, 1), state);
    if (auto kind = kind_of(feature); !kind.empty()) state.kind = std::move(kind);
    at += 4 + size;
  }
  return state;
}

}  // namespace resus::hw
