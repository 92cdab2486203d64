#pragma once
// Random names, password hashes and tokens. OpenSSL.
#include <string>
#include <string_view>

#include "hw/result.hpp"

namespace resus::depot {

/// 2 × `bytes` hex digits from the system's generator.
[[nodiscard]] std::string random_hex(std::size_t bytes);
/// Readable aloud: four groups of four characters, 80 bits.
[[nodiscard]] std::string random_password();
[[nodiscard]] std::string sha256_hex(std::string_view text);
/// "scrypt$N$r$p$salt$hash". Takes about 50 ms and 16 MiB. Source: RFC 7914; N = 2^14, r = 8, p = 1.
[[nodiscard]] hw::Result<std::string> hash_password(std::string_view password);
/// Constant time in the password; false for a hash it does not understand.
[[nodiscard]] bool password_matches(std::string_view password, std::string_view stored);
[[nodiscard]] bool same_secret(std::string_view a, std::string_view b);

}  // namespace resus::depot
