#pragma once
// One client's connection, from handshake to last answer: connection_stream.hpp moves its bytes, request_reader.hpp and
// answer_writer.hpp make requests and answers of them. Internal to the server, as all headers that name Asio.
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

#include "web/transport/connection_gate.hpp"
#include "web/transport/server.hpp"
#include "web/transport/wakers.hpp"

namespace resus::transport {

/// What all connections of one listening port share.
struct Port {
  Listen settings;
  std::unique_ptr<boost::asio::ssl::context> tls;  ///< null on a plain port
  std::shared_ptr<ConnectionGate> gate;
  std::shared_ptr<Wakers> wakers;  ///< the server's; see there
};

/// Serves requests one after the other until the client leaves, errs or is too slow.
boost::asio::awaitable<void> serve_connection(boost::asio::ip::tcp::socket socket,
                                              std::shared_ptr<const Port> port,
                                              ConnectionGate::Pass pass);

}  // namespace resus::transport
