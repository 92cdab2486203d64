#include "web/messages/short_code.hpp"

#include <string_view>
#include <vector>

namespace resus::messages {

std::string short_code(const imaging::Digest& agent_key, const imaging::Digest& depot_key) {
  constexpr std::string_view kDomain = "resus:short-code\n";
  constexpr std::string_view kAlphabet = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
  static_assert(kAlphabet.size() == 32);
  std::vector<std::byte> message;
  const auto add = [&](const void* data, std::size_t size) {
    const auto* bytes = static_cast<const std::byte*>(data);
    message.insert(message.end(), bytes, bytes + size);
  };
  add(kDomain.data(), kDomain.size());
  add(agent_key.bytes.data(), agent_key.bytes.size());
  add(depot_key.bytes.data(), depot_key.bytes.size());
  // A block id is the plain SHA-256 of its bytes.
  const auto hash = imaging::block_id(message).bytes;
  const std::uint32_t bits = std::uint32_t{hash[0]} << 24 | std::uint32_t{hash[1]} << 16 |
                             std::uint32_t{hash[2]} << 8 | std::uint32_t{hash[3]};
  std::string code;
  for (int shift = 27; shift >= 2; shift -= 5) code += kAlphabet[(bits >> shift) & 31U];
  return code;
}

}  // namespace resus::messages
