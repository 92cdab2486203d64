#include "web/transport/connection.hpp"

#include <boost/beast/ssl/ssl_stream.hpp>

#include "hw/log.hpp"
#include "web/transport/answer_writer.hpp"
#include "web/transport/certificates.hpp"
#include "web/transport/connection_stream.hpp"
#include "web/transport/request_reader.hpp"

namespace resus::transport {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;

template <class Stream>
class Connection {
 public:
  Connection(Stream& stream, const Port& port, std::string address, std::string peer_key)
      : port_(port),
        wire_(stream, port.settings.limits),
        reader_(wire_, std::move(address), std::move(peer_key)),
        writer_(wire_, port.wakers) {}

  awaitable<void> run() {
    // co_await in a loop's condition crashes under g++ 12; so do the shortcuts && and || around it.
    for (bool more = true; more;) {
      more = co_await one_request();
    }
  }

 private:
  /// False: close the connection.
  awaitable<bool> one_request() {
    auto received = co_await reader_.next();
    if (received.refusal) {
      co_await refuse(received);
      co_return false;
    }
    if (!received.request) co_return false;
    wire_.no_deadline();
    auto answer = co_await ask(std::move(*received.request));
    co_return co_await writer_.send(answer, received.head_only, received.keep_alive);
  }

  awaitable<void> refuse(const Received& received) {
    co_await writer_.send(*received.refusal, received.head_only, false);
    co_await wire_.drain(received.unread_bytes);
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

  const Port& port_;
  ConnectionStream<Stream> wire_;
  RequestReader<Stream> reader_;
  AnswerWriter<Stream> writer_;
};

awaitable<void> serve_tls(beast::tcp_stream plain, const Port& port, std::string address) {
  beast::ssl_stream<beast::tcp_stream> stream(std::move(plain), *port.tls);
  beast::get_lowest_layer(stream).expires_after(port.settings.limits.handshake);
  ErrorCode error;
  auto token = asio::redirect_error(asio::use_awaitable, error);
  co_await stream.async_handshake(asio::ssl::stream_base::server, token);
  if (error) co_return;
  auto key = peer_key_of(stream.native_handle());
  Connection connection(stream, port, std::move(address), std::move(key));
  co_await connection.run();
  beast::get_lowest_layer(stream).expires_after(std::chrono::seconds(2));
  auto close_token = asio::redirect_error(asio::use_awaitable, error);
  co_await stream.async_shutdown(close_token);
}

}  // namespace

awaitable<void> serve_connection(asio::ip::tcp::socket socket, std::shared_ptr<const Port> port,
                                 [[maybe_unused]] ConnectionGate::Pass pass) {
  ErrorCode error;
  auto address = socket.remote_endpoint(error).address().to_string();
  socket.set_option(asio::ip::tcp::no_delay(true), error);
  beast::tcp_stream stream(std::move(socket));
  if (port->tls) {
    co_await serve_tls(std::move(stream), *port, std::move(address));
    co_return;
  }
  Connection connection(stream, *port, std::move(address), {});
  co_await connection.run();
  stream.socket().shutdown(asio::ip::tcp::socket::shutdown_send, error);
}

}  // namespace resus::transport
