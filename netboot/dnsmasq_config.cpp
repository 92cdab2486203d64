#include "netboot/dnsmasq_config.hpp"

#include <charconv>
#include <optional>
#include <string_view>

namespace resus::netboot {
namespace {

using hw::Code;
using hw::Result;

std::optional<std::uint32_t> parse_ipv4(std::string_view text) {
  std::uint32_t address = 0;
  for (int part = 0; part < 4; ++part) {
    unsigned value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || value > 255) return std::nullopt;
    address = address << 8 | value;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (part == 3) return text.empty() ? std::optional(address) : std::nullopt;
    if (!text.starts_with('.')) return std::nullopt;
    text.remove_prefix(1);
  }
  return std::nullopt;
}

std::string ipv4_text(std::uint32_t address) {
  return std::to_string(address >> 24) + "." + std::to_string(address >> 16 & 255) + "." +
         std::to_string(address >> 8 & 255) + "." + std::to_string(address & 255);
}

/// Linux IFNAMSIZ is 16 with the closing zero; blanks, commas and newlines would end the option.
bool good_interface(std::string_view name) {
  return !name.empty() && name.size() < 16 && name.find_first_of(" \t\n,/#*") == std::string_view::npos;
}

bool good_path(std::string_view path) {
  return path.starts_with('/') && path.find_first_of("\n,\"") == std::string_view::npos;
}

struct Network {
  std::uint32_t address;
  std::uint32_t mask;
  [[nodiscard]] std::uint32_t first() const { return address & mask; }
  [[nodiscard]] bool holds(std::uint32_t other) const { return (other & mask) == first(); }
};

Result<Network> network_of(const DnsmasqSettings& settings) {
  const auto address = parse_ipv4(settings.address);
  if (!address) return hw::fail(Code::kUsage, "netboot address '" + settings.address + "' is not an IPv4 address");
  if (settings.prefix_bits < 8 || settings.prefix_bits > 30) {
    return hw::fail(Code::kUsage, "netboot prefix must be between 8 and 30 bits");
  }
  return Network{*address, ~std::uint32_t{0} << (32 - settings.prefix_bits)};
}

Result<void> check(const DnsmasqSettings& settings, const Network& network) {
  if (!good_interface(settings.interface)) {
    return hw::fail(Code::kUsage, "netboot interface '" + settings.interface + "' is not the name of a network card");
  }
  if (!good_path(settings.tftp_root)) return hw::fail(Code::kUsage, "tftp root must be an absolute path");
  if (!good_path(settings.lease_file)) return hw::fail(Code::kUsage, "lease file must be an absolute path");
  if (settings.http_port == 0) return hw::fail(Code::kUsage, "http port must not be 0");
  if (settings.mode == DhcpMode::kProxy) return hw::success();
  const auto first = parse_ipv4(settings.range_first);
  const auto last = parse_ipv4(settings.range_last);
  if (!first || !last || *first > *last) return hw::fail(Code::kUsage, "DHCP range is not two IPv4 addresses in order");
  if (!network.holds(*first) || !network.holds(*last)) {
    return hw::fail(Code::kUsage, "DHCP range lies outside the network of " + settings.address);
  }
  if (network.address >= *first && network.address <= *last) {
    return hw::fail(Code::kUsage, "DHCP range holds the depot's own address " + settings.address);
  }
  return hw::success();
}

std::string common_part(const DnsmasqSettings& settings) {
  return "# Made by resus depot; changes are lost.\n"
         "port=0\n"
         "interface=" + settings.interface + "\n"
         "bind-interfaces\n"
         "except-interface=lo\n"
         "no-hosts\n"
         "no-resolv\n"
         "log-dhcp\n"
         "dhcp-leasefile=" + settings.lease_file + "\n"
         "enable-tftp\n"
         "tftp-root=" + settings.tftp_root + "\n"
         "dhcp-match=set:ipxe,175\n";
}

// Option 175 sub-option 176 tells iPXE not to wait for a proxyDHCP server: 16 seconds less a boot.
std::string full_part(const DnsmasqSettings& settings, const Network& network, const std::string& base) {
  const std::string& depot = settings.address;
  return "dhcp-authoritative\n"
         "no-ping\n"
         "dhcp-range=" + settings.range_first + "," + settings.range_last + "," + ipv4_text(network.mask) + ",30m\n"
         "dhcp-option=3\n"
         "dhcp-match=set:bios,option:client-arch,0\n"
         "dhcp-match=set:efi64,option:client-arch,7\n"
         "dhcp-match=set:efi64,option:client-arch,9\n"
         "dhcp-match=set:efi64http,option:client-arch,16\n"
         "dhcp-boot=tag:bios,tag:!ipxe,undionly.kpxe,," + depot + "\n"
         "dhcp-boot=tag:efi64,tag:!ipxe,snponly.efi,," + depot + "\n"
         "dhcp-boot=tag:efi64http,tag:!ipxe," + base + "/snponly.efi\n"
         "dhcp-option-force=tag:efi64http,tag:!ipxe,60,HTTPClient\n"
         "dhcp-boot=tag:ipxe," + base + "/boot.ipxe\n"
         "dhcp-option=encap:175,176,1b\n";
}

// The last line is for BIOS iPXE, which beside a foreign server says "Nothing to boot" without it.
std::string proxy_part(const Network& network, const std::string& base) {
  return "dhcp-range=" + ipv4_text(network.first()) + ",proxy," + ipv4_text(network.mask) + "\n"
         "pxe-service=tag:!ipxe,X86PC,\"Resus depot\",undionly.kpxe\n"
         "pxe-service=tag:!ipxe,X86-64_EFI,\"Resus depot\",snponly.efi\n"
         "pxe-service=tag:!ipxe,BC_EFI,\"Resus depot\",snponly.efi\n"
         "dhcp-boot=tag:ipxe," + base + "/boot.ipxe\n"
         "pxe-service=tag:ipxe,X86PC,\"Resus depot\"," + base + "/boot.ipxe\n";
}

}  // namespace

Result<std::string> dnsmasq_config(const DnsmasqSettings& settings) {
  RESUS_TRY(const auto network, network_of(settings));
  RESUS_TRY(check(settings, network));
  const std::string base = "http://" + settings.address + ":" + std::to_string(settings.http_port);
  return common_part(settings) + (settings.mode == DhcpMode::kFull ? full_part(settings, network, base)
                                                                   : proxy_part(network, base));
}

}  // namespace resus::netboot
