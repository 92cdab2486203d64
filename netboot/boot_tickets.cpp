#include "netboot/boot_tickets.hpp"

#include <openssl/crypto.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <span>

namespace resus::netboot {
namespace {

constexpr std::size_t kMacDigits = 12;
constexpr std::size_t kClaimDigits = kMacDigits + 16;  ///< and the time
constexpr std::size_t kProofDigits = 32;               ///< 128 bits of the HMAC
constexpr std::string_view kHex = "0123456789abcdef";

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string hex(std::span<const unsigned char> bytes) {
  std::string text;
  for (const unsigned char byte : bytes) {
    text += kHex[byte >> 4];
    text += kHex[byte & 15];
  }
  return text;
}

/// MAC and time as they stand at the front of a ticket.
std::string claim_of(const std::string& mac, hw::UtcTime issued_at) {
  std::string claim;
  std::ranges::copy_if(mac, std::back_inserter(claim), [](char c) { return c != ':'; });
  const auto ms = static_cast<std::uint64_t>(issued_at.time_since_epoch().count());
  for (int shift = 60; shift >= 0; shift -= 4) claim += kHex[ms >> shift & 15];
  return claim;
}

auto refused(const char* why) { return hw::fail(hw::Code::kNotApproved, std::string("boot ticket ") + why); }

}  // namespace

hw::Result<std::string> canonical_mac(std::string_view text) {
  if (text.size() == 20 && text.starts_with("01-")) text.remove_prefix(3);
  if (text.size() != 17) return hw::fail(hw::Code::kBadInput, "a MAC address has six bytes");
  std::string mac;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool separator = i % 3 == 2;
    const int value = hex_value(text[i]);
    if (separator ? (text[i] != ':' && text[i] != '-') : value < 0) {
      return hw::fail(hw::Code::kBadInput, "not a MAC address");
    }
    mac += separator ? ':' : kHex[static_cast<std::size_t>(value)];
  }
  return mac;
}

std::string BootTickets::issue(const std::string& mac, hw::UtcTime now) const {
  const auto claim = claim_of(mac, now);
  return claim + proof(claim);
}

hw::Result<BootTicket> BootTickets::check(std::string_view ticket, hw::UtcTime now) const {
  if (ticket.size() != kClaimDigits + kProofDigits) return refused("unknown");
  const std::string claim(ticket.substr(0, kClaimDigits));
  if (CRYPTO_memcmp(proof(claim).data(), ticket.data() + kClaimDigits, kProofDigits) != 0) return refused("unknown");
  // From here on it is what issue() wrote.
  BootTicket said;
  for (std::size_t i = 0; i < kMacDigits; i += 2) said.mac += (i > 0 ? ":" : "") + claim.substr(i, 2);
  std::uint64_t ms = 0;
  for (const char digit : claim.substr(kMacDigits)) ms = ms << 4 | static_cast<std::uint64_t>(hex_value(digit));
  said.issued_at = hw::UtcTime(std::chrono::milliseconds(ms));
  // A clock that was set back must not turn a power cut into a round of approvals: half an hour ahead is good, too.
  if (std::chrono::abs(now - said.issued_at) > kLifetime) return refused("too old: start the machine again");
  return said;
}

std::string BootTickets::proof(const std::string& claim) const {
  const auto text = "resus:boot-ticket\n" + claim;
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  const auto* done = HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()),
                          reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), &size);
  // Fails only when OpenSSL cannot allocate; a ticket without proof must not be given out.
  if (done == nullptr) std::abort();
  return hex(std::span(digest).first(kProofDigits / 2));
}

}  // namespace resus::netboot
