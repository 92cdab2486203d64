#pragma once
// One connection's bytes, each step under its deadline. Internal to the server; names Asio.
#include <algorithm>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <type_traits>
#include <vector>

#include "web/transport/server.hpp"
#include "web/transport/wakers.hpp"

namespace resus::transport {

using boost::asio::awaitable;
using ErrorCode = boost::system::error_code;

/// Suspends until `start`'s callback is called, from whatever thread.
template <class T>
awaitable<T> wait_for(std::shared_ptr<Wakers> wakers, std::function<void(std::function<void(T)>)> start) {
  auto executor = co_await boost::asio::this_coro::executor;
  auto initiate = [executor, wakers, start](auto handler) {
    auto alarm = Wakers::sleep<T>(wakers, executor, std::move(handler));
    start([alarm](T value) { alarm->ring(std::move(value)); });
  };
  T value = co_await boost::asio::async_initiate<decltype(boost::asio::use_awaitable) const, void(T)>(initiate, boost::asio::use_awaitable);
  co_return value;
}

/// A plain or TLS stream with the limits of its port. Threads: the connection's strand.
template <class Stream>
class ConnectionStream {
 public:
  ConnectionStream(Stream& stream, const Limits& limits) : stream_(stream), limits_(limits) {}

  [[nodiscard]] Stream& stream() { return stream_; }
  [[nodiscard]] const Limits& limits() const { return limits_; }
  void deadline(std::chrono::milliseconds after) { boost::beast::get_lowest_layer(stream_).expires_after(after); }
  void no_deadline() { boost::beast::get_lowest_layer(stream_).expires_never(); }

  /// Bytes read; 0: the client has gone, or nothing came in that time.
  template <class Buffer>
  awaitable<std::size_t> read_some(Buffer space, std::chrono::milliseconds patience) {
    deadline(patience);
    ErrorCode error;
    auto token = boost::asio::redirect_error(boost::asio::use_awaitable, error);
    const auto count = co_await stream_.async_read_some(space, token);
    co_return error ? 0 : count;
  }

  /// False: the client has gone or takes it too slowly.
  template <class Buffers>
  awaitable<bool> write(const Buffers& buffers) {
    const auto seconds = boost::asio::buffer_size(buffers) / limits_.body_floor_bytes_per_s;
    deadline(limits_.body_stall + std::chrono::seconds(seconds));
    ErrorCode error;
    auto token = boost::asio::redirect_error(boost::asio::use_awaitable, error);
    co_await boost::asio::async_write(stream_, buffers, token);
    co_return !error;
  }

  /// Takes and drops what the client still sends after an answer that ends the connection, up to the limits of the port:
  /// closing with unread bytes sends a reset, and that can overtake the answer. `expected_bytes`: what is still to come, where
  /// that is known.
  /// Source: RFC 9112 section 9.6.
  awaitable<void> drain(std::uint64_t expected_bytes) {
    if constexpr (std::is_same_v<Stream, boost::beast::tcp_stream>) {
      ErrorCode gone;  // over TLS the client counts the answer's bytes; a bare end there would look like an attack
      stream_.socket().shutdown(boost::asio::ip::tcp::socket::shutdown_send, gone);
    }
    std::vector<char> piece(kDrainPieceBytes);
    const auto end = std::chrono::steady_clock::now() + limits_.drain;
    for (auto left = std::min(limits_.drain_bytes, expected_bytes); left > 0;) {
      const auto time = std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
      if (time.count() <= 0) break;
      const auto space = boost::asio::buffer(piece);
      const auto count = co_await read_some(space, std::min(time, limits_.drain_quiet));
      if (count == 0) break;
      left -= std::min<std::uint64_t>(left, count);
    }
  }

 private:
  static constexpr std::size_t kDrainPieceBytes = 64 * 1024;
  Stream& stream_;
  const Limits& limits_;
};

}  // namespace resus::transport
