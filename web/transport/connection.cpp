#include "web/transport/connection.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <charconv>
#include <fcntl.h>
#include <unistd.h>

#include "hw/fd.hpp"
#include "hw/log.hpp"
#include "web/transport/certificates.hpp"
#include "web/transport/problem.hpp"

namespace resus::transport {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::awaitable;
using asio::use_awaitable;
using Clock = std::chrono::steady_clock;
using ErrorCode = boost::system::error_code;
using Parser = http::request_parser<http::string_body>;

constexpr std::size_t kReadBytes = 64 * 1024;
constexpr std::size_t kFilePieceBytes = 256 * 1024;
constexpr std::size_t kTogetherBytes = 16 * 1024;

struct Peer {
  std::string address;
  std::string key;
};

/// Suspends until `start`'s callback is called, from whatever thread.
template <class T>
awaitable<T> wait_for(std::shared_ptr<Wakers> wakers, std::function<void(std::function<void(T)>)> start) {
  auto executor = co_await asio::this_coro::executor;
  auto initiate = [executor, wakers, start](auto handler) {
    auto alarm = Wakers::sleep<T>(wakers, executor, std::move(handler));
    start([alarm](T value) { alarm->ring(std::move(value)); });
  };
  T value = co_await asio::async_initiate<decltype(use_awaitable) const, void(T)>(initiate, use_awaitable);
  co_return value;
}

/// One chunk of a chunked body as a single buffer: see Connection::send().
std::string chunk_of(std::string_view piece) {
  std::array<char, 16> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), piece.size(), 16).ptr;
  return std::string(digits.data(), end).append("\r\n").append(piece).append("\r\n");
}

template <class Stream>
class Connection {
 public:
  Connection(Stream& stream, const Port& port, Peer peer)
      : stream_(stream), port_(port), limits_(port.settings.limits), peer_(std::move(peer)) {}

  awaitable<void> run() {
    // co_await in a loop's condition crashes under g++ 12; so do the shortcuts && and || around it.
    for (bool more = true; more;) {
      more = co_await one_request();
    }
  }

 private:
  void deadline(std::chrono::milliseconds after) { beast::get_lowest_layer(stream_).expires_after(after); }
  void no_deadline() { beast::get_lowest_layer(stream_).expires_never(); }

  /// False: close the connection.
  awaitable<bool> one_request() {
    if (buffer_.size() == 0) {
      const bool arrived = co_await first_bytes();
      if (!arrived) co_return false;
    }
    Parser parser;
    parser.header_limit(limits_.header_bytes);
    parser.body_limit(boost::none);  // set by route once the header is known
    deadline(limits_.header);
    ErrorCode error;
    auto token = asio::redirect_error(use_awaitable, error);
    co_await http::async_read_header(stream_, buffer_, parser, token);
    if (error) co_return co_await refuse_header(error);
    const auto method = std::string(parser.get().method_string());
    const auto target = std::string(parser.get().target());
    const RequestHead header{.method = method, .target = target, .peer_key = peer_.key};
    const bool complete = co_await read_body(parser, limits_.body_bytes ? limits_.body_bytes(header) : 64 * 1024);
    if (!complete) co_return false;
    const bool keep_alive = parser.get().keep_alive();
    Request request;
    if (auto split = split_target(target, request); !split) {
      auto answer = problem(split.error());
      co_await send(answer, method == "HEAD", false);
      co_return false;
    }
    request.method = method;
    for (const auto& field : parser.get().base()) {
      request.headers.add(std::string(field.name_string()), std::string(field.value()));
    }
    request.body = std::move(parser.get().body());
    request.peer_key = peer_.key;
    request.client_address = peer_.address;
    no_deadline();
    auto answer = co_await ask(std::move(request));
    co_return co_await send(answer, method == "HEAD", keep_alive);
  }

  awaitable<bool> first_bytes() {
    deadline(limits_.idle);
    ErrorCode error;
    auto token = asio::redirect_error(use_awaitable, error);
    auto space = buffer_.prepare(kReadBytes);
    const auto count = co_await stream_.async_read_some(space, token);
    buffer_.commit(count);
    co_return !error;
  }

  awaitable<bool> refuse_header(ErrorCode error) {
    if (error.category() != http::make_error_code(http::error::bad_method).category()) co_return false;
    if (error == http::error::end_of_stream || error == http::error::partial_message) co_return false;
    const bool large = error == http::error::header_limit || error == http::error::buffer_overflow;
    auto answer = problem(hw::Code::kBadInput, "malformed request: " + error.message(), large ? 431 : 400);
    co_await send(answer, false, false);
    co_return false;
  }

  awaitable<bool> read_body(Parser& parser, std::uint64_t limit) {
    const auto length = parser.content_length();
    if (length && *length > limit) {
      auto answer = problem(hw::Code::kBadInput, "the request body is larger than " + std::to_string(limit) + " bytes", 413);
      co_await send(answer, false, false);
      co_return false;
    }
    parser.body_limit(limit);
    parser.eager(true);
    if (!parser.is_done() && beast::iequals(parser.get()[http::field::expect], "100-continue")) {
      auto go_on = asio::buffer(std::string_view("HTTP/1.1 100 Continue\r\n\r\n"));
      if (!co_await write(go_on)) co_return false;
    }
    const auto allowed = limits_.body_stall + std::chrono::seconds(length.value_or(limit) / limits_.body_floor_bytes_per_s);
    const auto end = Clock::now() + allowed;
    while (!parser.is_done()) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now());
      deadline(std::min(limits_.body_stall, std::max(left, std::chrono::milliseconds(1))));
      ErrorCode error;
      auto token = asio::redirect_error(use_awaitable, error);
      co_await http::async_read_some(stream_, buffer_, parser, token);
      if (error) co_return co_await refuse_body(error);
    }
    co_return true;
  }

  awaitable<bool> refuse_body(ErrorCode error) {
    if (error.category() != http::make_error_code(http::error::bad_method).category()) co_return false;
    if (error == http::error::end_of_stream || error == http::error::partial_message) co_return false;
    const bool large = error == http::error::body_limit;
    auto answer = problem(hw::Code::kBadInput, "the request body: " + error.message(), large ? 413 : 400);
    co_await send(answer, false, false);
    co_return false;
  }

  awaitable<Response> ask(Request request) {
    auto shared = std::make_shared<Request>(std::move(request));
    std::function<void(std::function<void(Response)>)> start = [this, shared](std::function<void(Response)> done) {
      Responder responder(std::move(done));
      try {
        port_.settings.handler(std::move(*shared), responder);
      } catch (const std::exception& bug) {
        hw::log(hw::LogLevel::kError, "web", std::string("a handler threw: ") + bug.what());
        responder(problem(hw::Code::kInternal, "see the depot's log"));
      }
    };
    co_return co_await wait_for<Response>(port_.wakers, std::move(start));
  }

  template <class Buffers>
  awaitable<bool> write(const Buffers& buffers) {
    const auto seconds = asio::buffer_size(buffers) / limits_.body_floor_bytes_per_s;
    deadline(limits_.body_stall + std::chrono::seconds(seconds));
    ErrorCode error;
    auto token = asio::redirect_error(use_awaitable, error);
    co_await asio::async_write(stream_, buffers, token);
    co_return !error;
  }

  static std::string head(const Response& response, bool keep_alive, std::optional<std::uint64_t> length) {
    std::string text = "HTTP/1.1 " + std::to_string(response.status) + " ";
    text += http::obsolete_reason(http::int_to_status(response.status));
    text += "\r\n";
    for (const auto& [name, value] : response.headers.fields()) {
      if (value.find_first_of("\r\n") == std::string::npos) text += name + ": " + value + "\r\n";
    }
    if (length && response.status != 204) text += "Content-Length: " + std::to_string(*length) + "\r\n";
    if (!length) text += "Transfer-Encoding: chunked\r\n";
    text += keep_alive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n";
    return text;
  }

  /// False: close the connection.
  awaitable<bool> send(const Response& response, bool head_only, bool keep_alive) {
    const std::string* text = std::get_if<std::string>(&response.body);
    if (const auto* shared = std::get_if<std::shared_ptr<const std::string>>(&response.body)) text = shared->get();
    bool ok = true;
    if (text != nullptr) {
      // One write for small answers. Two buffers in one write lose the second, when it is long, in
      // Beast 1.81's flat_stream (tests/web/http_client_test.cpp, StreamsALongAnswerInPieces).
      auto first = head(response, keep_alive, text->size());
      const bool together = !head_only && text->size() <= kTogetherBytes;
      if (together) first += *text;
      ok = co_await write(asio::buffer(first));
      if (ok && !head_only && !together) ok = co_await write(asio::buffer(*text));
    } else if (const auto* file = std::get_if<FileBody>(&response.body)) {
      ok = co_await send_file(response, *file, head_only, keep_alive);
    } else {
      ok = co_await send_stream(response, *std::get<std::shared_ptr<BodyStream>>(response.body), head_only, keep_alive);
    }
    co_return ok && keep_alive;
  }

  awaitable<bool> send_file(const Response& response, const FileBody& file, bool head_only, bool keep_alive) {
    const hw::UniqueFd fd(::open(file.path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd.valid()) {
      auto answer = problem(hw::Code::kNotFound, "the file is not there any more");
      co_return co_await send(answer, head_only, keep_alive);
    }
    const auto header = head(response, keep_alive, file.length_bytes);
    if (!co_await write(asio::buffer(header))) co_return false;
    std::vector<char> piece(std::min<std::uint64_t>(kFilePieceBytes, file.length_bytes));
    for (std::uint64_t sent = 0; !head_only && sent < file.length_bytes;) {
      const auto wanted = std::min<std::uint64_t>(piece.size(), file.length_bytes - sent);
      const auto got = ::pread(fd.get(), piece.data(), wanted, static_cast<off_t>(file.offset_bytes + sent));
      if (got <= 0) co_return false;  // shorter than promised: the client sees the connection break
      if (!co_await write(asio::buffer(piece.data(), static_cast<std::size_t>(got)))) co_return false;
      sent += static_cast<std::uint64_t>(got);
    }
    co_return true;
  }

  awaitable<std::optional<std::string>> next_piece(BodyStream& body) {
    no_deadline();
    using Piece = std::optional<std::string>;
    std::function<void(std::function<void(Piece)>)> start = [&body](std::function<void(Piece)> done) { body.next(std::move(done)); };
    co_return co_await wait_for<Piece>(port_.wakers, std::move(start));
  }

  awaitable<bool> send_stream(const Response& response, BodyStream& body, bool head_only, bool keep_alive) {
    const auto length = body.length_bytes();
    const auto header = head(response, keep_alive, length);
    if (!co_await write(asio::buffer(header))) co_return false;
    std::uint64_t sent = 0;
    while (!head_only && (!length || sent < *length)) {
      const auto piece = co_await next_piece(body);
      if (!piece) break;
      if (piece->empty()) continue;
      sent += piece->size();
      if (length && sent > *length) co_return false;  // more than promised: the client could not tell where it ends
      const auto chunk = length ? *piece : chunk_of(*piece);
      if (!co_await write(asio::buffer(chunk))) co_return false;
    }
    if (head_only) co_return true;
    if (length) co_return sent == *length;
    const std::string_view last = "0\r\n\r\n";
    co_return co_await write(asio::buffer(last));
  }

  Stream& stream_;
  const Port& port_;
  const Limits& limits_;
  Peer peer_;
  beast::flat_buffer buffer_;
};

awaitable<void> serve_tls(beast::tcp_stream plain, const Port& port, Peer peer) {
  beast::ssl_stream<beast::tcp_stream> stream(std::move(plain), *port.tls);
  beast::get_lowest_layer(stream).expires_after(port.settings.limits.handshake);
  ErrorCode error;
  auto token = asio::redirect_error(use_awaitable, error);
  co_await stream.async_handshake(asio::ssl::stream_base::server, token);
  if (error) co_return;
  peer.key = peer_key_of(stream.native_handle());
  Connection connection(stream, port, std::move(peer));
  co_await connection.run();
  beast::get_lowest_layer(stream).expires_after(std::chrono::seconds(2));
  auto close_token = asio::redirect_error(use_awaitable, error);
  co_await stream.async_shutdown(close_token);
}

}  // namespace

awaitable<void> serve_connection(asio::ip::tcp::socket socket, std::shared_ptr<const Port> port,
                                 [[maybe_unused]] ConnectionGate::Pass pass) {
  ErrorCode error;
  Peer peer{.address = socket.remote_endpoint(error).address().to_string(), .key = {}};
  socket.set_option(asio::ip::tcp::no_delay(true), error);
  beast::tcp_stream stream(std::move(socket));
  if (port->tls) {
    co_await serve_tls(std::move(stream), *port, std::move(peer));
    co_return;
  }
  Connection connection(stream, *port, std::move(peer));
  co_await connection.run();
  stream.socket().shutdown(asio::ip::tcp::socket::shutdown_send, error);
}

}  // namespace resus::transport
