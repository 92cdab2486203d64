#include "web/transport/web_post.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <optional>

namespace resus::transport {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;
using Tcp = asio::ip::tcp;

namespace {

auto usage(std::string_view url, const std::string& what) { return hw::fail(hw::Code::kUsage, "the address '" + std::string(url) + "' " + what); }

/// One exchange: an event loop of its own, every step with the same longest silence.
class Exchange {
 public:
  Exchange(const WebAddress& address, const WebPost& post) : address_(address), post_(post) {}

  hw::Result<std::string> run(const std::stop_token& stop) {
    const std::stop_callback stopped(stop, [this] { asio::post(io_, [this] { cancel(); }); });
    stop_ = stop;
    RESUS_TRY(const auto endpoints, resolve());
    if (!address_.tls) {
      beast::tcp_stream stream(io_);
      RESUS_TRY(connect(stream, endpoints));
      return talk(stream);
    }
    RESUS_TRY(trust());
    beast::ssl_stream<beast::tcp_stream> stream(io_, tls_);
    RESUS_TRY(connect(beast::get_lowest_layer(stream), endpoints));
    RESUS_TRY(shake_hands(stream));
    return talk(stream);
  }

 private:
  hw::Error broken(std::string_view step, const error_code& problem, hw::Code code = hw::Code::kNetwork) const {
    const auto where = std::string(step) + " " + address_.host + ":" + address_.port;
    if (stop_.stop_requested()) return hw::make_error(hw::Code::kCancelled, where);
    return hw::make_error(code, where + ": " + problem.message());
  }
  void cancel() {
    if (resolver_) resolver_->cancel();
    if (socket_ != nullptr) socket_->cancel();
  }
  template <class Start>
  error_code step(Start start) {
    error_code outcome;
    if (stop_.stop_requested()) return asio::error::operation_aborted;
    if (socket_ != nullptr) socket_->expires_after(post_.deadline);
    start([&outcome](error_code problem, auto&&...) { outcome = problem; });
    io_.restart();
    io_.run();
    return outcome;
  }

  hw::Result<Tcp::resolver::results_type> resolve() {
    resolver_.emplace(io_);
    Tcp::resolver::results_type found;
    error_code problem;
    resolver_->async_resolve(address_.host, address_.port, [&](error_code failed, Tcp::resolver::results_type results) {
      problem = failed;
      found = std::move(results);
    });
    io_.restart();
    if (io_.run_for(post_.deadline) == 0 || !io_.stopped()) {
      resolver_->cancel();
      io_.run();
      problem = asio::error::timed_out;
    }
    if (problem) return hw::failure(broken("find", problem));
    return found;
  }
  hw::Result<void> connect(beast::tcp_stream& stream, const Tcp::resolver::results_type& endpoints) {
    socket_ = &stream;
    if (const auto problem = step([&](auto done) { stream.async_connect(endpoints, done); })) return hw::failure(broken("connect to", problem));
    return hw::success();
  }
  hw::Result<void> trust() {
    error_code problem;
    SSL_CTX_set_min_proto_version(tls_.native_handle(), TLS1_2_VERSION);
    tls_.set_default_verify_paths(problem);
    if (!post_.ca_pem.empty()) tls_.add_certificate_authority(asio::buffer(post_.ca_pem), problem);
    if (problem) return hw::fail(hw::Code::kUsage, "the authority's file: " + problem.message());
    tls_.set_verify_mode(asio::ssl::verify_peer);
    return hw::success();
  }
  hw::Result<void> shake_hands(beast::ssl_stream<beast::tcp_stream>& stream) {
    SSL_set_tlsext_host_name(stream.native_handle(), address_.host.c_str());
    stream.set_verify_callback(asio::ssl::host_name_verification(address_.host));
    const auto problem = step([&](auto done) { stream.async_handshake(asio::ssl::stream_base::client, done); });
    if (!problem) return hw::success();
    const bool certificate = SSL_get_verify_result(stream.native_handle()) != X509_V_OK;
    return hw::failure(broken("handshake with", problem, certificate ? hw::Code::kPeerUntrusted : hw::Code::kNetwork));
  }
  template <class Stream>
  hw::Result<std::string> talk(Stream& stream) {
    http::request<http::span_body<const char>> request(http::verb::post, address_.target, 11);
    request.set(http::field::host, address_.host);
    request.set(http::field::user_agent, "resus/" RESUS_VERSION);
    request.set(http::field::content_type, post_.content_type);
    request.body() = {post_.body.data(), post_.body.size()};
    request.keep_alive(false);
    request.prepare_payload();
    if (const auto problem = step([&](auto done) { http::async_write(stream, request, done); })) return hw::failure(broken("send to", problem));
    http::response_parser<http::string_body> parser;
    parser.body_limit(post_.max_answer_bytes);
    const auto problem = step([&](auto done) { http::async_read(stream, buffer_, parser, done); });
    if (problem) {
      const bool malformed = problem.category() == http::make_error_code(http::error::bad_field).category() &&
                             problem != http::error::end_of_stream && problem != http::error::partial_message;
      return hw::failure(broken("no answer from", problem, malformed ? hw::Code::kProtocol : hw::Code::kNetwork));
    }
    if (parser.get().result() != http::status::ok) {
      return hw::fail(hw::Code::kNetwork, address_.host + ":" + address_.port + " answers with status " + std::to_string(parser.get().result_int()));
    }
    return std::move(parser.get().body());
  }

  const WebAddress& address_;
  const WebPost& post_;
  asio::io_context io_{1};
  asio::ssl::context tls_{asio::ssl::context::tls_client};
  std::optional<Tcp::resolver> resolver_;
  beast::tcp_stream* socket_ = nullptr;
  beast::flat_buffer buffer_;
  std::stop_token stop_;
};

}  // namespace

hw::Result<WebAddress> parse_web_address(std::string_view url) {
  WebAddress address;
  auto rest = url;
  if (rest.starts_with("https://")) address.tls = true;
  else if (!rest.starts_with("http://")) return usage(url, "must begin with http:// or https://");
  rest.remove_prefix(address.tls ? 8 : 7);
  const auto slash = std::min(rest.find_first_of("/?"), rest.size());
  auto authority = rest.substr(0, slash);
  address.target = (slash == rest.size() || rest[slash] == '?' ? "/" : "") + std::string(rest.substr(slash));
  if (authority.find('@') != std::string_view::npos) return usage(url, "must not hold a name and password");
  const auto bracket = authority.starts_with('[') ? authority.find(']') : std::string_view::npos;
  const auto colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  address.port = colon == std::string_view::npos ? (address.tls ? "443" : "80") : std::string(authority.substr(colon + 1));
  authority = authority.substr(0, colon);
  if (bracket != std::string_view::npos) authority = authority.substr(1, bracket - 1);
  address.host = authority;
  const bool number = !address.port.empty() && address.port.size() <= 5 && std::ranges::all_of(address.port, [](char c) { return c >= '0' && c <= '9'; });
  if (address.host.empty() || !number) return usage(url, "needs a host and, behind a colon, a port");
  const bool clean = std::ranges::all_of(url, [](unsigned char c) { return c > ' ' && c < 0x7f && c != '#'; });
  if (!clean) return usage(url, "holds a character that no address has");
  return address;
}

hw::Result<std::string> web_post(const WebAddress& address, const WebPost& post, const std::stop_token& stop) {
  return Exchange(address, post).run(stop);
}

}  // namespace resus::transport
