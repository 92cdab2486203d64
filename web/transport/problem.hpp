#pragma once
// Errors on the wire: RFC 9457 problem+json, and the one table from codes to HTTP statuses.
#include <string>

#include "hw/error.hpp"
#include "web/transport/http.hpp"

namespace resus::transport {

/// A 500 means our bug.
[[nodiscard]] unsigned status_of(hw::Code code);
/// `status` 0: status_of(code). kSpace adds Retry-After.
[[nodiscard]] Response problem(hw::Code code, std::string_view detail, unsigned status = 0);
/// Context of internal errors is kept from the client; the caller logs it.
[[nodiscard]] Response problem(const hw::Error& error);

}  // namespace resus::transport
