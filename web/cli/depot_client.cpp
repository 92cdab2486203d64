#include "web/cli/depot_client.hpp"

#include <cctype>

#include "web/depot/secrets.hpp"
#include "web/messages/problem.hpp"

namespace resus::web {
namespace json = boost::json;
namespace {

constexpr std::size_t kMaxFileBytes = 64 * 1024;
constexpr std::uint64_t kMaxAnswerBytes = std::uint64_t{64} << 20;

struct Where {
  transport::ClientSettings settings;
  std::string token;
};

hw::Result<Where> find_depot(hw::FileSystem& files, const std::string& data) {
  auto ports = files.read_all(data + "/run/ports.json", kMaxFileBytes);
  if (!ports) {
    auto error = hw::make_error(hw::Code::kNetwork, "no depot is running with " + data + " (see --data)");
    error.secondary.push_back(ports.error().to_string());
    return hw::failure(std::move(error));
  }
  boost::system::error_code ec;
  const auto value = json::parse(ports.value(), ec);
  const auto* object = ec ? nullptr : value.if_object();
  const auto* port = object ? object->if_contains("https") : nullptr;
  const auto* key = object ? object->if_contains("spki_sha256") : nullptr;
  const auto* address = object ? object->if_contains("address") : nullptr;
  if (port == nullptr || !port->is_int64() || key == nullptr || !key->is_string() || address == nullptr ||
      !address->is_string())
    return hw::fail(hw::Code::kBadInput, data + "/run/ports.json is not what a depot writes");
  Where where;
  where.settings.address = address->as_string().empty() ? "127.0.0.1" : std::string(address->as_string());
  where.settings.port = static_cast<std::uint16_t>(port->as_int64());
  where.settings.server_spki_sha256 = std::string(key->as_string());
  RESUS_TRY(where.token, files.read_all(data + "/run/admin.token", kMaxFileBytes));
  where.token.erase(where.token.find_last_not_of(" \n\r") + 1);
  return where;
}

}  // namespace

hw::Result<DepotClient> DepotClient::open(hw::FileSystem& files, const std::string& data) {
  RESUS_TRY(auto where, find_depot(files, data));
  RESUS_TRY(auto client, transport::HttpClient::open(where.settings));
  auto origin = "https://" + where.settings.address + ":" + std::to_string(where.settings.port);
  return DepotClient(std::move(client), std::move(where.token), std::move(origin));
}

void DepotClient::sign(transport::ClientRequest& request) const {
  request.headers = {{"Authorization", "Bearer " + token_}, {"X-Resus", "1"}};
}

hw::Result<json::value> DepotClient::call(transport::ClientRequest request) {
  sign(request);
  // HttpClient sends a request twice when the connection broke under it; it is meant once.
  if (request.method == "POST") request.headers.emplace_back("Idempotency-Key", depot::random_hex(16));
  request.max_answer_bytes = kMaxAnswerBytes;
  RESUS_TRY(const auto answer, client_.call(request));
  if (!answer.ok()) return hw::failure(messages::error_from_problem(static_cast<int>(answer.status), answer.body));
  if (answer.body.empty()) return json::value();
  boost::system::error_code ec;
  auto value = json::parse(answer.body, ec);
  if (ec) return hw::fail(hw::Code::kProtocol, "the depot's answer is not JSON: " + ec.message());
  return value;
}

hw::Result<json::value> DepotClient::get(const std::string& target) {
  transport::ClientRequest request;
  request.target = target;
  return call(std::move(request));
}

hw::Result<json::value> DepotClient::post(const std::string& target, const json::value& body) {
  return send("POST", target, body);
}

hw::Result<json::value> DepotClient::remove(const std::string& target) {
  return send("DELETE", target, json::object());  // a body, so that its type is sent: writes must be JSON
}

hw::Result<json::value> DepotClient::put(const std::string& target, const json::value& body) {
  return send("PUT", target, body);
}

hw::Result<json::value> DepotClient::send(const std::string& method, const std::string& target,
                                          const json::value& body) {
  const std::string text = json::serialize(body);
  transport::ClientRequest request;
  request.method = method;
  request.target = target;
  request.body = text;
  return call(std::move(request));
}

hw::Result<void> DepotClient::download(const std::string& target, std::uint64_t most_bytes,
                                       const transport::HttpClient::Sink& sink) {
  transport::ClientRequest request;
  request.target = target;
  request.max_answer_bytes = most_bytes;
  sign(request);
  RESUS_TRY(const auto answer, client_.download(request, sink));
  if (!answer.ok()) return hw::failure(messages::error_from_problem(static_cast<int>(answer.status), answer.body));
  return hw::success();
}

std::string path_part(std::string_view text) {
  static constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string part;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (byte < 0x80 && std::isalnum(byte) != 0) || c == '-' || c == '_' || c == '.';
    if (plain) {
      part += c;
    } else {
      part.append({'%', kDigits[byte >> 4], kDigits[byte & 15]});
    }
  }
  return part;
}

}  // namespace resus::web
