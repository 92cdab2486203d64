#pragma once
// The depot's HTTP/1.1 server behind a thin interface: Beast, Asio and OpenSSL stay in the .cpp files.
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "web/transport/http.hpp"

namespace resus::transport {

enum class ClientCertificate { kNone, kRequired };

/// TLS 1.3 only. A client certificate is not checked against any CA: its key is what counts, and the
/// service decides whether it knows it (Request::peer_key).
struct TlsSettings {
  std::string certificate_chain_pem;
  std::string private_key_pem;
  ClientCertificate client_certificate = ClientCertificate::kNone;
};

/// What is known of a request before its body is read.
struct RequestHead {
  std::string_view method;
  std::string_view target;    ///< as received, with query
  std::string_view peer_key;  ///< as Request::peer_key
};

/// What one listening port accepts. Defaults are for small JSON requests on a local network.
struct Limits {
  std::uint32_t header_bytes = 16 * 1024;
  /// Largest body of a request. Called on a network thread: must not block.
  std::function<std::uint64_t(const RequestHead&)> body_bytes;
  std::size_t connections = 1024;
  std::size_t connections_per_address = 64;
  std::chrono::milliseconds handshake{10'000};
  std::chrono::milliseconds header{10'000};    ///< from the first byte of a request to its last header
  std::chrono::milliseconds idle{75'000};      ///< between two requests
  std::chrono::milliseconds body_stall{20'000};  ///< without any progress, reading or writing
  /// After a refusal: how much of the rest of the request is still taken, and for how long, so that its sender reads the
  /// refusal and not a reset. 32 MiB: the largest body any of our clients sends, with room.
  std::uint64_t drain_bytes = std::uint64_t{32} << 20;
  std::chrono::milliseconds drain{10'000};
  std::chrono::milliseconds drain_quiet{2'000};  ///< without a byte
  std::uint64_t body_floor_bytes_per_s = 8 * 1024;  ///< slower than this over the whole body: ended
};

struct Listen {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  ///< 0: any free one
  std::optional<TlsSettings> tls;
  Limits limits;
  Handler handler;
};

/// Threads: its own few network threads. Handlers are called on them and must not block.
class Server {
 public:
  [[nodiscard]] static Result<Server> open(unsigned threads);
  Server(Server&&) noexcept;
  Server& operator=(Server&&) noexcept;
  /// Stops: see stop().
  ~Server();

  /// Starts to accept. Returns the real port. Errors: kNetwork (address in use), kUsage (bad certificate).
  [[nodiscard]] Result<std::uint16_t> listen(Listen listen);
  /// Closes every connection and joins the threads. Responders given out may still be called; what they
  /// say is then dropped.
  void stop();

 private:
  struct State;
  explicit Server(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace resus::transport
