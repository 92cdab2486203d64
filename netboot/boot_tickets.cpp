#include "netboot/boot_tickets.hpp"

#include <openssl/rand.h>

#include <algorithm>
#include <array>

namespace resus::netboot {
namespace {

constexpr std::size_t kTicketBytes = 16;
constexpr std::string_view kHex = "0123456789abcdef";

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string random_ticket() {
  std::array<unsigned char, kTicketBytes> bytes{};
  // RAND_bytes fails only when the system has no randomness at all; a guessable ticket must not be given out.
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) std::abort();
  std::string text;
  for (const unsigned char byte : bytes) {
    text += kHex[byte >> 4];
    text += kHex[byte & 15];
  }
  return text;
}

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

std::string BootTickets::issue(const std::string& mac, hw::UtcTime now) {
  if (by_mac_.size() >= kMost && !by_mac_.contains(mac)) forget_oldest();
  Entry& entry = by_mac_[mac];
  entry = {.ticket = random_ticket(), .issued_at = now};
  return entry.ticket;
}

hw::Result<std::string> BootTickets::redeem(const std::string& ticket, hw::UtcTime now) {
  const auto found = std::ranges::find_if(
      by_mac_, [&](const auto& item) { return !ticket.empty() && item.second.ticket == ticket; });
  if (found == by_mac_.end()) return hw::fail(hw::Code::kNotApproved, "boot ticket unknown or already used");
  found->second.ticket.clear();
  if (now - found->second.issued_at > kLifetime) {
    return hw::fail(hw::Code::kNotApproved, "boot ticket too old: start the machine again");
  }
  return found->first;
}

std::optional<hw::UtcTime> BootTickets::last_issued(const std::string& mac) const {
  const auto found = by_mac_.find(mac);
  if (found == by_mac_.end()) return std::nullopt;
  return found->second.issued_at;
}

void BootTickets::forget_oldest() {
  by_mac_.erase(std::ranges::min_element(
      by_mac_, {}, [](const auto& item) { return item.second.issued_at; }));
}

}  // namespace resus::netboot
