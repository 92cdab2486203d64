#pragma once
// The machine's own status page: read-only, no scripts, the same truth as the depot shows.
#include "firmware/agent/status.hpp"
#include "web/transport/server.hpp"

namespace resus::agent {

inline constexpr std::uint16_t kStatusPort = 8080;

/// The page as HTML that loads itself again every five seconds. Pure; everything from outside is escaped.
[[nodiscard]] std::string render_page(const Snapshot& snapshot);
/// The same as JSON.
[[nodiscard]] std::string render_json(const Snapshot& snapshot);

/// What to listen on: "/" and "/status.json", GET and HEAD only, few connections, small requests.
/// Lifetime: `status` must outlive the server.
[[nodiscard]] transport::Listen status_page(const Status& status, std::uint16_t port);

}  // namespace resus::agent
