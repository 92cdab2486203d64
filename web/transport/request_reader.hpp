#pragma once
// Requests of one connection, one after the other, read under the port's limits. Internal to the server; names Asio.
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <limits>
#include <optional>

#include "web/transport/connection_stream.hpp"
#include "web/transport/problem.hpp"

namespace resus::transport {

namespace http = boost::beast::http;

/// What came of waiting for a request: it, or the answer that refuses it, or neither (the client has gone or is too slow).
struct Received {
  std::optional<Request> request;
  std::optional<Response> refusal;   ///< to be sent as the last thing on this connection
  std::uint64_t unread_bytes = 0;    ///< of a refused request: what is still to come of it, at most
  bool head_only = false;
  bool keep_alive = false;
};

template <class Stream>
class RequestReader {
 public:
  /// `peer_key`: as Request::peer_key.
  RequestReader(ConnectionStream<Stream>& wire, std::string address, std::string peer_key)
      : wire_(wire), address_(std::move(address)), peer_key_(std::move(peer_key)) {}

  awaitable<Received> next() {
    Received received;
    if (buffer_.size() == 0) {
      auto space = buffer_.prepare(kReadBytes);
      const auto count = co_await wire_.read_some(space, wire_.limits().idle);
      buffer_.commit(count);
      if (count == 0) co_return received;
    }
    Parser parser;
    parser.header_limit(wire_.limits().header_bytes);
    parser.body_limit(boost::none);  // set by route once the header is known
    wire_.deadline(wire_.limits().header);
    ErrorCode error;
    auto token = boost::asio::redirect_error(boost::asio::use_awaitable, error);
    co_await http::async_read_header(wire_.stream(), buffer_, parser, token);
    if (error) {
      refuse_header(error, received);
      co_return received;
    }
    const auto method = std::string(parser.get().method_string());
    const auto target = std::string(parser.get().target());
    received.head_only = method == "HEAD";
    const RequestHead header{.method = method, .target = target, .peer_key = peer_key_};
    const bool complete = co_await read_body(parser, wire_.limits().body_bytes ? wire_.limits().body_bytes(header) : kBodyBytes, received);
    if (complete) take(parser, method, target, received);
    co_return received;
  }

 private:
  using Parser = http::request_parser<http::string_body>;
  static constexpr std::size_t kReadBytes = 64 * 1024;
  static constexpr std::uint64_t kBodyBytes = 64 * 1024;
  static constexpr std::uint64_t kUnknown = std::numeric_limits<std::uint64_t>::max();

  void take(Parser& parser, const std::string& method, const std::string& target, Received& received) {
    Request request;
    if (auto split = split_target(target, request); !split) {
      received.refusal = problem(split.error());
      return;
    }
    request.method = method;
    for (const auto& field : parser.get().base()) {
      request.headers.add(std::string(field.name_string()), std::string(field.value()));
    }
    received.keep_alive = parser.get().keep_alive();
    request.body = std::move(parser.get().body());
    request.peer_key = peer_key_;
    request.client_address = address_;
    received.request = std::move(request);
  }

  /// False for a connection that has ended: nobody reads an answer.
  static bool is_malformed(ErrorCode error) {
    if (error.category() != http::make_error_code(http::error::bad_method).category()) return false;
    return error != http::error::end_of_stream && error != http::error::partial_message;
  }

  static void refuse_header(ErrorCode error, Received& received) {
    if (!is_malformed(error)) return;
    const bool large = error == http::error::header_limit || error == http::error::buffer_overflow;
    received.refusal = problem(hw::Code::kBadInput, "malformed request: " + error.message(), large ? 431 : 400);
    received.unread_bytes = kUnknown;
  }

  static void refuse_body(ErrorCode error, Received& received) {
    if (!is_malformed(error)) return;
    const bool large = error == http::error::body_limit;
    received.refusal = problem(hw::Code::kBadInput, "the request body: " + error.message(), large ? 413 : 400);
    received.unread_bytes = kUnknown;
  }

  /// False: refused, or the client has gone.
  awaitable<bool> read_body(Parser& parser, std::uint64_t limit, Received& received) {
    const auto length = parser.content_length();
    if (length && *length > limit) {  // also when the client waits for leave to send it (RFC 9110 section 10.1.1)
      received.refusal = problem(hw::Code::kBadInput, "the request body is larger than " + std::to_string(limit) + " bytes", 413);
      received.unread_bytes = *length - std::min<std::uint64_t>(*length, buffer_.size());
      co_return false;
    }
    parser.body_limit(limit);
    parser.eager(true);
    if (!parser.is_done() && boost::beast::iequals(parser.get()[http::field::expect], "100-continue")) {
      auto go_on = boost::asio::buffer(std::string_view("HTTP/1.1 100 Continue\r\n\r\n"));
      if (!co_await wire_.write(go_on)) co_return false;
    }
    const auto allowed = wire_.limits().body_stall + std::chrono::seconds(length.value_or(limit) / wire_.limits().body_floor_bytes_per_s);
    const auto end = std::chrono::steady_clock::now() + allowed;
    while (!parser.is_done()) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
      wire_.deadline(std::min(wire_.limits().body_stall, std::max(left, std::chrono::milliseconds(1))));
      ErrorCode error;
      auto token = boost::asio::redirect_error(boost::asio::use_awaitable, error);
      co_await http::async_read_some(wire_.stream(), buffer_, parser, token);
      if (error) {
        refuse_body(error, received);
        co_return false;
      }
    }
    co_return true;
  }

  ConnectionStream<Stream>& wire_;
  std::string address_;
  std::string peer_key_;
  boost::beast::flat_buffer buffer_;
};

}  // namespace resus::transport
