#pragma once
// One POST to a server of the outside world, by http or https: a time-stamp authority. Beast stays in the .cpp.
#include <chrono>
#include <stop_token>
#include <string>
#include <string_view>

#include "hw/result.hpp"

namespace resus::transport {

struct WebAddress {
  bool tls = false;
  std::string host;    ///< name or number, without brackets
  std::string port;    ///< decimal
  std::string target;  ///< begins with "/"
};
/// "http://host[:port][/path]" or https. Errors: kUsage saying what is wrong.
[[nodiscard]] hw::Result<WebAddress> parse_web_address(std::string_view url);

struct WebPost {
  std::string_view content_type;
  std::string_view body;
  std::string ca_pem = {};  ///< believed beside the system's authorities when the address is https
  /// Longest silence of any step.
  std::chrono::milliseconds deadline{10'000};
  std::uint64_t max_answer_bytes = std::uint64_t{1} << 20;
};

/// The body of an answer 200. The server's certificate must be for this host and lead to a believed authority; TLS 1.2 or later.
/// Errors: kNetwork (not reachable, silent, broken off, any other status), kPeerUntrusted, kProtocol, kCancelled on `stop`.
/// Threads: any; blocks.
[[nodiscard]] hw::Result<std::string> web_post(const WebAddress& address, const WebPost& post, const std::stop_token& stop = {});

}  // namespace resus::transport
