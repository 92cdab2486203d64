#include "web/messages/agent_config.hpp"

#include "web/messages/fields.hpp"

namespace resus::messages {

namespace {
constexpr std::size_t kMaxTrustedKeys = 64;
}

std::string encode(const AgentConfig& config) {
  boost::json::array keys;
  for (const auto& key : config.trusted_keys) keys.emplace_back(boost::json::object{{"ed25519", key}});
  return boost::json::serialize(boost::json::object{{"address", config.address},
                                                    {"agent_port", config.agent_port},
                                                    {"https_port", config.https_port},
                                                    {"spki_sha256", config.spki_sha256},
                                                    {"trusted_keys", std::move(keys)}});
}

template <>
Result<AgentConfig> decode<AgentConfig>(std::string_view body) {
  RESUS_TRY(auto object, parse_object(body, "agent.json"));
  Fields fields(object, "agent.json");
  AgentConfig config;
  config.address = fields.text("address");
  config.agent_port = static_cast<std::uint16_t>(fields.number("agent_port", UINT16_MAX));
  config.https_port = static_cast<std::uint16_t>(fields.number("https_port", UINT16_MAX));
  config.spki_sha256 = fields.text("spki_sha256", 64);
  fields.objects("trusted_keys", kMaxTrustedKeys,
                 [&](Fields& key) { config.trusted_keys.push_back(key.text("ed25519", 64)); });
  if (config.spki_sha256.size() != 64) fields.refuse("spki_sha256", "64 hexadecimal digits");
  if (config.trusted_keys.empty()) fields.refuse("trusted_keys", "at least one key");
  RESUS_TRY(fields.done());
  return config;
}

}  // namespace resus::messages
