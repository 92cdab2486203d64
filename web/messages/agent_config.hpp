#pragma once
// /etc/resus/agent.json: what the depot bakes into the boot image, so that an agent trusts this depot and no other.
#include <cstdint>
#include <string>
#include <vector>

#include "web/messages/codec.hpp"

namespace resus::messages {

struct AgentConfig {
  std::string address;      ///< numeric address of the depot
  std::uint16_t agent_port = 0;
  std::uint16_t https_port = 0;   ///< for the restored system's report
  std::string spki_sha256;  ///< hexadecimal SHA-256 of the depot's SubjectPublicKeyInfo
  std::vector<std::string> trusted_keys;  ///< base64 of raw Ed25519 keys: permits, images, backup manifests
  bool operator==(const AgentConfig&) const = default;
};

[[nodiscard]] std::string encode(const AgentConfig& config);
/// Errors: also when no key is trusted.
template <>
[[nodiscard]] Result<AgentConfig> decode<AgentConfig>(std::string_view body);

}  // namespace resus::messages
