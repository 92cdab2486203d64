#include "web/transport/server.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <thread>

#include "hw/log.hpp"
#include "web/transport/certificates.hpp"
#include "web/transport/connection.hpp"

namespace resus::transport {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using ErrorCode = boost::system::error_code;

Result<std::unique_ptr<asio::ssl::context>> make_tls(const TlsSettings& settings) {
  auto context = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_server);
  RESUS_TRY(configure_server_tls(context->native_handle(), settings));
  return context;
}

asio::awaitable<void> accept_loop(std::shared_ptr<tcp::acceptor> acceptor, std::shared_ptr<const Port> port) {
  while (acceptor->is_open()) {
    auto strand = asio::make_strand(acceptor->get_executor());
    ErrorCode error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    tcp::socket socket = co_await acceptor->async_accept(strand, token);
    if (error == asio::error::operation_aborted) co_return;
    if (error) {  // out of descriptors: wait for some to come back
      asio::steady_timer timer(acceptor->get_executor(), std::chrono::milliseconds(100));
      auto timer_token = asio::redirect_error(asio::use_awaitable, error);
      co_await timer.async_wait(timer_token);
      continue;
    }
    ErrorCode gone;
    const auto address = socket.remote_endpoint(gone).address().to_string();
    auto pass = port->gate->enter(address);
    if (gone || !pass) continue;
    asio::co_spawn(strand, serve_connection(std::move(socket), port, std::move(pass)), asio::detached);
  }
}

}  // namespace

struct Server::State {
  asio::io_context context;
  std::shared_ptr<Wakers> wakers = std::make_shared<Wakers>();
  std::vector<std::shared_ptr<tcp::acceptor>> acceptors;
  asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
  std::vector<std::jthread> threads;
};

Result<Server> Server::open(unsigned threads) {
  auto state = std::make_unique<State>();
  for (unsigned i = 0; i < threads; ++i) {
    state->threads.emplace_back([context = &state->context] { context->run(); });
  }
  return Server(std::move(state));
}

Server::Server(std::unique_ptr<State> state) : state_(std::move(state)) {}
Server::Server(Server&&) noexcept = default;
Server& Server::operator=(Server&& other) noexcept {
  stop();
  state_ = std::move(other.state_);
  return *this;
}
Server::~Server() { stop(); }

Result<std::uint16_t> Server::listen(Listen listen) {
  auto port = std::make_shared<Port>();
  port->settings = std::move(listen);
  const auto& settings = port->settings;
  if (settings.tls) {
    RESUS_TRY(port->tls, make_tls(*settings.tls));
  }
  port->gate = std::make_shared<ConnectionGate>(settings.limits.connections, settings.limits.connections_per_address);
  port->wakers = state_->wakers;
  ErrorCode error;
  const auto address = asio::ip::make_address(settings.address, error);
  const auto where = "listen on " + settings.address + " port " + std::to_string(settings.port);
  if (error) return hw::fail(hw::Code::kUsage, where + ": not an IP address");
  const tcp::endpoint endpoint(address, settings.port);
  auto acceptor = std::make_shared<tcp::acceptor>(state_->context);
  acceptor->open(endpoint.protocol(), error);
  if (!error) acceptor->set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor->bind(endpoint, error);
  if (!error) acceptor->listen(asio::socket_base::max_listen_connections, error);
  if (error) return hw::fail(hw::Code::kNetwork, where + ": " + error.message());
  const auto number = acceptor->local_endpoint(error).port();
  state_->acceptors.push_back(acceptor);
  asio::co_spawn(state_->context, accept_loop(acceptor, port), asio::detached);
  return number;
}

void Server::stop() {
  if (!state_) return;
  state_->work.reset();
  state_->context.stop();
  state_->threads.clear();
  state_->wakers->detach();
  ErrorCode error;
  for (auto& acceptor : state_->acceptors) acceptor->close(error);
  state_.reset();
}

}  // namespace resus::transport
