#include "hw/linux/machine_inspector.hpp"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <unistd.h>

#include <bit>
#include <charconv>
#include <filesystem>
#include <map>

#include "hw/linux/file_io.hpp"
#include "hw/linux/file_system.hpp"

namespace resus::hw {
namespace {

/// "model name : X" of cpuinfo, "MemTotal: X kB" of meminfo.
std::string value_of(const std::string& text, std::string_view key) {
  const auto line = text.starts_with(key) ? 0 : text.find("\n" + std::string(key));
  if (line == std::string::npos) return {};
  const auto colon = text.find(':', line);
  const auto end = std::min(text.find('\n', line + 1), text.size());
  if (colon == std::string::npos || colon > end) return {};
  const auto first = text.find_first_not_of(" \t", colon + 1);
  return first == std::string::npos || first >= end ? "" : text.substr(first, end - first);
}

template <class Number>
Number number(const std::string& text) {
  Number value{};
  (void)std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

NetworkLink describe(const std::string& directory, const std::string& name) {
  NetworkLink link;
  link.name = name;
  link.mac = read_attribute(directory + "/address");
  std::error_code ignored;
  link.driver = std::filesystem::read_symlink(directory + "/device/driver", ignored).filename().string();
  link.carrier = read_attribute(directory + "/carrier") == "1";
  const int speed = number<int>(read_attribute(directory + "/speed"));  // -1 when unknown
  link.speed_mbit = speed > 0 ? static_cast<std::uint32_t>(speed) : 0;
  return link;
}

}  // namespace

std::map<std::string, std::string> ipv4_addresses() {
  std::map<std::string, std::string> found;
  ifaddrs* first = nullptr;
  if (::getifaddrs(&first) != 0) return found;
  for (const ifaddrs* entry = first; entry != nullptr; entry = entry->ifa_next) {
    if (entry->ifa_addr == nullptr || entry->ifa_addr->sa_family != AF_INET || entry->ifa_netmask == nullptr) continue;
    const auto& address = *reinterpret_cast<const sockaddr_in*>(entry->ifa_addr);
    const auto& mask = *reinterpret_cast<const sockaddr_in*>(entry->ifa_netmask);
    char text[INET_ADDRSTRLEN] = {};
    ::inet_ntop(AF_INET, &address.sin_addr, text, sizeof text);
    found.try_emplace(entry->ifa_name, std::string(text) + "/" + std::to_string(std::popcount(mask.sin_addr.s_addr)));
  }
  ::freeifaddrs(first);
  return found;
}

std::vector<NetworkLink> LinuxMachineInspector::links() const {
  const std::string net = roots_.sys + paths::kSysClassNet;
  const auto names = LinuxFileSystem().list(net);
  if (!names) return {};
  const auto addresses = ipv4_addresses();
  std::vector<NetworkLink> physical, others;
  for (const auto& name : names.value()) {
    const std::string directory = net + "/" + name;
    if (number<int>(read_attribute(directory + "/type")) != ARPHRD_ETHER) continue;
    NetworkLink link = describe(directory, name);
    if (const auto address = addresses.find(name); address != addresses.end()) link.ipv4 = address->second;
    const bool has_device = ::access((directory + "/device").c_str(), F_OK) == 0;
    (has_device ? physical : others).push_back(std::move(link));
  }
  return physical.empty() ? others : physical;
}

bool LinuxMachineInspector::secure_boot() const {
  // Four bytes of attributes, then the value. Source: UEFI 2.10, 3.3.
  const auto variable = read_text(roots_.sys + paths::kSysSecureBoot);
  return variable && variable.value().size() == 5 && variable.value()[4] == 1;
}

Result<MachineIdentity> LinuxMachineInspector::inspect() {
  MachineIdentity machine;
  if (auto table = read_text(roots_.sys + paths::kSysSmbios)) {
    RESUS_TRY(machine.smbios, parse_smbios(table.value()));
  }
  machine.links = links();
  machine.firmware = ::access((roots_.sys + paths::kSysEfi).c_str(), F_OK) == 0 ? "uefi" : "bios";
  machine.secure_boot = secure_boot();
  if (auto text = read_text(roots_.memory_info)) {
    machine.memory_bytes = number<std::uint64_t>(value_of(text.value(), "MemTotal")) * 1024;
  }
  if (auto text = read_text(roots_.cpu_info, 16 << 20)) machine.cpu = value_of(text.value(), "model name");
  return machine;
}

}  // namespace resus::hw
