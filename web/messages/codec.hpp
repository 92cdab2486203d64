#pragma once
// One spelling for every message: encode(x) gives the body, decode<X>(body) takes it apart again.
//
// Decoding is strict about what it reads and bounded in what it accepts: a missing key, a wrong type, a
// number out of range, an over-long text or list is kBadInput naming the key. Keys nobody knows are passed
// over, so that a depot renewed in the middle of an incident is still understood by agents already running.
#include <string>
#include <string_view>

#include "hw/result.hpp"

namespace resus::messages {

using hw::Result;

/// No message body is larger; a server may refuse longer ones before reading them.
inline constexpr std::size_t kMaxMessageBytes = std::size_t{1} << 20;

/// Specialised by every message header. Errors: kBadInput.
template <class Message>
[[nodiscard]] Result<Message> decode(std::string_view body);

}  // namespace resus::messages
