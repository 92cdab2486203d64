#include "web/transport/http_client.hpp"

#include <openssl/ssl.h>

#include <array>
#include <atomic>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <charconv>

#include "web/transport/certificates.hpp"

namespace resus::transport {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;
using Stream = beast::ssl_stream<beast::tcp_stream>;

namespace {

constexpr std::size_t kPieceBytes = 64 * 1024;
/// Answers that are no success are short problems.
constexpr std::size_t kMaxProblemBytes = 64 * 1024;

std::chrono::seconds seconds_of(std::string_view text) {
  unsigned value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return std::chrono::seconds(value);
}

}  // namespace

struct HttpClient::State {
  explicit State(const ClientSettings& client_settings) : settings(client_settings) {}

  hw::Result<void> prepare();
  hw::Result<ClientAnswer> exchange(const ClientRequest& request, const Sink& sink);
  hw::Result<void> connect(std::chrono::milliseconds deadline);
  error_code send(const ClientRequest& request);
  hw::Result<ClientAnswer> receive(http::response_parser<http::buffer_body>& parser, const ClientRequest& request,
                                   const Sink& sink);
  void drop();
  hw::Error broken(std::string_view step, const error_code& problem);

  /// Runs one asynchronous step to its end; the stream's own timer ends it at the deadline.
  template <class Start>
  error_code run(std::chrono::milliseconds deadline, Start start) {
    error_code outcome;
    beast::get_lowest_layer(*stream).expires_after(deadline);
    start([&outcome](error_code problem, auto&&...) { outcome = problem; });
    io.restart();
    io.run();
    return outcome;
  }

  ClientSettings settings;
  asio::io_context io{1};
  asio::ssl::context tls{asio::ssl::context::tlsv13_client};
  asio::ip::tcp::endpoint endpoint;
  std::unique_ptr<Stream> stream;
  beast::flat_buffer buffer;
  bool answer_begun = false;
  std::atomic<bool> cancelled{false};
};

hw::Result<void> HttpClient::State::prepare() {
  error_code problem;
  const auto address = asio::ip::make_address(settings.address, problem);
  if (problem) return hw::fail(hw::Code::kUsage, "'" + settings.address + "' is not a numeric address");
  endpoint = {address, settings.port};
  SSL_CTX_set_min_proto_version(tls.native_handle(), TLS1_3_VERSION);
  // No authority is asked: connect() compares the server's key with the pinned one before anything is sent.
  tls.set_verify_mode(asio::ssl::verify_none);
  if (!settings.identity) return hw::success();
  tls.use_certificate(asio::buffer(settings.identity->certificate_pem), asio::ssl::context::pem, problem);
  if (!problem) tls.use_private_key(asio::buffer(settings.identity->key_pem), asio::ssl::context::pem, problem);
  if (problem) return hw::fail(hw::Code::kUsage, "client certificate: " + problem.message());
  return hw::success();
}

void HttpClient::State::drop() {
  if (!stream) return;
  error_code ignored;
  beast::get_lowest_layer(*stream).socket().close(ignored);
  stream.reset();
  buffer.clear();
}

hw::Error HttpClient::State::broken(std::string_view step, const error_code& problem) {
  drop();
  const std::string where = std::string(step) + " " + settings.address + ":" + std::to_string(settings.port);
  if (cancelled) return hw::make_error(hw::Code::kCancelled, where);
  const bool malformed = problem.category() == http::make_error_code(http::error::bad_field).category() &&
                         problem != http::error::end_of_stream && problem != http::error::partial_message;
  return hw::make_error(malformed ? hw::Code::kProtocol : hw::Code::kNetwork, where + ": " + problem.message());
}

hw::Result<void> HttpClient::State::connect(std::chrono::milliseconds deadline) {
  stream = std::make_unique<Stream>(io, tls);
  auto& socket = beast::get_lowest_layer(*stream);
  auto problem = run(deadline, [&](auto done) { socket.async_connect(endpoint, done); });
  if (problem) return hw::failure(broken("connect to", problem));
  socket.socket().set_option(asio::ip::tcp::no_delay(true), problem);
  problem = run(deadline, [&](auto done) { stream->async_handshake(asio::ssl::stream_base::client, done); });
  if (problem) return hw::failure(broken("handshake with", problem));
  if (settings.server_spki_sha256.empty() || peer_key_of(stream->native_handle()) != settings.server_spki_sha256) {
    drop();
    return hw::fail(hw::Code::kPeerUntrusted, settings.address + " presents a key that is not the depot's");
  }
  return hw::success();
}

error_code HttpClient::State::send(const ClientRequest& request) {
  http::request<http::empty_body> head(http::string_to_verb(request.method), request.target, 11);
  head.set(http::field::host, settings.address);
  head.set(http::field::user_agent, "resus/" RESUS_VERSION);
  if (!request.range.empty()) head.set(http::field::range, request.range);
  for (const auto& [name, value] : request.headers) head.set(name, value);
  if (!request.body.empty()) head.set(http::field::content_type, request.content_type);
  if (request.method != "GET") head.content_length(request.body.size());
  http::request_serializer<http::empty_body> serializer(head);
  auto problem =
      run(request.deadline, [&](auto done) { http::async_write_header(*stream, serializer, std::move(done)); });
  if (problem || request.body.empty()) return problem;
  const auto body = asio::buffer(request.body.data(), request.body.size());
  return run(request.deadline, [&](auto done) { asio::async_write(*stream, body, std::move(done)); });
}

hw::Result<ClientAnswer> HttpClient::State::receive(http::response_parser<http::buffer_body>& parser,
                                                    const ClientRequest& request, const Sink& sink) {
  auto& message = parser.get();
  ClientAnswer answer{.status = message.result_int(),
                      .body = {},
                      .retry_after = seconds_of(message[http::field::retry_after]),
                      .set_cookie = std::string(message[http::field::set_cookie])};
  std::array<std::byte, kPieceBytes> piece;
  while (!parser.is_done()) {
    message.body().data = piece.data();
    message.body().size = piece.size();
    auto problem = run(request.deadline, [&](auto done) { http::async_read(*stream, buffer, parser, std::move(done)); });
    if (problem && problem != http::error::need_buffer) return hw::failure(broken("read from", problem));
    const auto got = std::span<const std::byte>(piece).first(piece.size() - message.body().size);
    if (answer.ok()) {
      const auto taken = sink(got);
      if (!taken) drop();
      RESUS_TRY(taken);
    } else if (answer.body.size() + got.size() <= kMaxProblemBytes) {
      answer.body.append(reinterpret_cast<const char*>(got.data()), got.size());
    }
  }
  if (!message.keep_alive()) drop();
  return answer;
}

hw::Result<ClientAnswer> HttpClient::State::exchange(const ClientRequest& request, const Sink& sink) {
  answer_begun = false;
  if (cancelled) return hw::fail(hw::Code::kCancelled, request.target);
  if (!stream) {
    RESUS_TRY(connect(request.deadline));
  }
  if (const auto problem = send(request)) return hw::failure(broken("send to", problem));
  http::response_parser<http::buffer_body> parser;
  parser.body_limit(request.max_answer_bytes);
  const auto problem =
      run(request.deadline, [&](auto done) { http::async_read_header(*stream, buffer, parser, std::move(done)); });
  if (problem) return hw::failure(broken("no answer from", problem));
  answer_begun = true;
  return receive(parser, request, sink);
}

HttpClient::HttpClient(std::unique_ptr<State> state) : state_(std::move(state)) {}
HttpClient::HttpClient(HttpClient&&) noexcept = default;
HttpClient& HttpClient::operator=(HttpClient&&) noexcept = default;
HttpClient::~HttpClient() = default;

hw::Result<HttpClient> HttpClient::open(const ClientSettings& settings) {
  auto state = std::make_unique<State>(settings);
  RESUS_TRY(state->prepare());
  return HttpClient(std::move(state));
}

hw::Result<ClientAnswer> HttpClient::call(const ClientRequest& request) {
  std::string body;
  auto answer = download(request, [&](std::span<const std::byte> piece) -> hw::Result<void> {
    body.append(reinterpret_cast<const char*>(piece.data()), piece.size());
    return hw::success();
  });
  if (answer && answer.value().ok()) answer.value().body = std::move(body);
  return answer;
}

hw::Result<ClientAnswer> HttpClient::download(const ClientRequest& request, const Sink& sink) {
  const bool kept = state_->stream != nullptr;
  auto answer = state_->exchange(request, sink);
  const bool stale = !answer && kept && !state_->answer_begun && answer.error().code == hw::Code::kNetwork;
  return stale ? state_->exchange(request, sink) : std::move(answer);
}

void HttpClient::cancel() {
  state_->cancelled = true;
  asio::post(state_->io, [state = state_.get()] {
    if (!state->stream) return;
    error_code ignored;
    beast::get_lowest_layer(*state->stream).socket().close(ignored);
  });
}

}  // namespace resus::transport
