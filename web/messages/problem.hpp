#pragma once
// Errors between programs: RFC 9457 problem+json with our code.
#include <string>

#include "web/messages/codec.hpp"

namespace resus::messages {

inline constexpr std::string_view kProblemMediaType = "application/problem+json";

/// The body for an error; what happened, what is safe and what to do come from the table of codes.
[[nodiscard]] std::string encode_problem(const hw::Error& error, int http_status);

/// The error a peer answered with. A body that is no problem of ours becomes kProtocol naming the status;
/// 429 and 5xx without a code are retryable.
[[nodiscard]] hw::Error error_from_problem(int http_status, std::string_view body);

}  // namespace resus::messages
