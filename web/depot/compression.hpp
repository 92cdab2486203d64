#pragma once
// gzip for answers that are long and say the same keys over and over.
#include <string>
#include <string_view>

#include "web/transport/http.hpp"

namespace resus::depot {

/// By Accept-Encoding: "gzip" or "*" with a weight above 0. Source: RFC 9110, 12.5.3.
[[nodiscard]] bool accepts_gzip(const transport::Request& request);
/// One gzip member. Errors: kInternal when zlib has no memory.
[[nodiscard]] hw::Result<std::string> gzip(std::string_view text);
/// Compresses a JSON body of more than one packet for a client that takes it. Every JSON answer says that it varies.
void compress_json(transport::Response& response, bool client_takes_gzip);

}  // namespace resus::depot
