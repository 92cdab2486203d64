#include "firmware/init/lease.hpp"

#include <algorithm>
#include <charconv>

namespace resus::firmware {
namespace {

bool is_ipv4(std::string_view text) {
  for (int part = 0; part < 4; ++part) {
    unsigned value = 256;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || value > 255) return false;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (part < 3 && !text.starts_with('.')) return false;
    if (part < 3) text.remove_prefix(1);
  }
  return text.empty();
}

std::string_view value_of(std::string_view text, std::string_view key) {
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (line.size() > key.size() && line.starts_with(key) && line[key.size()] == '=') return line.substr(key.size() + 1);
  }
  return {};
}

}  // namespace

hw::Result<Lease> parse_lease(const std::string& link, std::string_view text) {
  Lease lease{.link = link, .ip = std::string(value_of(text, "ip")), .router = std::string(value_of(text, "router")),
              .server = std::string(value_of(text, "server"))};
  if (!is_ipv4(lease.ip)) return hw::fail(hw::Code::kBadInput, "DHCP on " + link + " gave no address");
  const auto prefix = value_of(text, "prefix");
  const auto [end, error] = std::from_chars(prefix.data(), prefix.data() + prefix.size(), lease.prefix_bits);
  if (error != std::errc{} || lease.prefix_bits < 1 || lease.prefix_bits > 32) {
    return hw::fail(hw::Code::kBadInput, "DHCP on " + link + " gave no network mask");
  }
  if (!is_ipv4(lease.router)) lease.router.clear();
  if (!is_ipv4(lease.server)) lease.server.clear();
  return lease;
}

std::optional<Lease> choose_lease(const std::vector<Lease>& leases, const std::vector<hw::NetworkLink>& links,
                                  std::string_view boot_mac, bool waited) {
  const auto boot_link = std::ranges::find(links, boot_mac, &hw::NetworkLink::mac);
  if (boot_link != links.end()) {
    const auto lease = std::ranges::find(leases, boot_link->name, &Lease::link);
    if (lease != leases.end()) return *lease;
    if (!waited) return std::nullopt;
  }
  if (leases.empty() || (!waited && !boot_mac.empty())) return std::nullopt;
  return leases.front();
}

std::string mac_of_bootif(std::string_view bootif) {
  constexpr std::string_view kEthernet = "01-";
  if (bootif.size() != 20 || !bootif.starts_with(kEthernet)) return "";
  std::string mac(bootif.substr(kEthernet.size()));
  for (std::size_t i = 0; i < mac.size(); ++i) {
    if (i % 3 == 2) mac[i] = ':';
    if (mac[i] >= 'A' && mac[i] <= 'F') mac[i] = static_cast<char>(mac[i] - 'A' + 'a');
  }
  return mac.find_first_not_of("0123456789abcdef:") == std::string::npos ? mac : "";
}

}  // namespace resus::firmware
