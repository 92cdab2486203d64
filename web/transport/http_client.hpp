#pragma once
// Synchronous HTTPS/1.1 client that trusts exactly one server key. Beast stays in the .cpp.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hw/result.hpp"
#include "web/transport/certificates.hpp"

namespace resus::transport {

struct ClientSettings {
  std::string address;             ///< numeric; an infected network's name service is not asked
  std::uint16_t port = 0;
  std::string server_spki_sha256;  ///< hexadecimal; any other key is E-NET-02
  std::optional<KeyAndCertificate> identity = {};  ///< see make_self_signed()
};

struct ClientRequest {
  std::string method = "GET";
  std::string target;
  std::string_view content_type = "application/json";  ///< sent when there is a body
  std::string_view body = {};                          ///< must live until the call returns
  std::string range = {};                              ///< "bytes=100-", empty for none
  std::vector<std::pair<std::string, std::string>> headers = {};  ///< further ones, as they are
  /// Longest silence of any step: connecting, sending, the answer's head, each piece of its body.
  std::chrono::milliseconds deadline{30'000};
  std::uint64_t max_answer_bytes = std::uint64_t{1} << 20;
};

struct ClientAnswer {
  unsigned status = 0;
  std::string body;  ///< empty when a sink took it
  std::chrono::seconds retry_after{0};
  std::string set_cookie;  ///< the header as it came
  [[nodiscard]] bool ok() const { return status >= 200 && status < 300; }
};

/// Keeps one connection alive. A request on a kept connection that the server has closed meanwhile is sent once
/// more on a fresh one, so every request must be harmless when it arrives twice.
/// Threads: one; only cancel() may come from another.
class HttpClient {
 public:
  /// Takes pieces of a 2xx body in order.
  using Sink = std::function<hw::Result<void>(std::span<const std::byte>)>;

  /// Does not connect yet. Errors: kUsage for an address that is not numeric or a certificate that does not parse.
  [[nodiscard]] static hw::Result<HttpClient> open(const ClientSettings& settings);
  HttpClient(HttpClient&&) noexcept;
  HttpClient& operator=(HttpClient&&) noexcept;
  ~HttpClient();

  /// Any status is an answer. Errors: kNetwork (retryable), kPeerUntrusted, kProtocol, kCancelled.
  [[nodiscard]] hw::Result<ClientAnswer> call(const ClientRequest& request);
  /// A body with status 2xx goes to `sink`, any other into the answer. An error of the sink ends the transfer
  /// and is returned as it is.
  [[nodiscard]] hw::Result<ClientAnswer> download(const ClientRequest& request, const Sink& sink);
  /// The call under way and all later ones fail with kCancelled.
  void cancel();

 private:
  struct State;
  explicit HttpClient(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace resus::transport
