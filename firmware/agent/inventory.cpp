#include "firmware/agent/inventory.hpp"

#include <algorithm>

namespace resus::agent {

namespace {
constexpr std::size_t kMaxText = 200;
}

std::string printable(const std::string& text) {
  std::string out = text.substr(0, kMaxText);
  std::replace_if(out.begin(), out.end(), [](unsigned char c) { return c < 0x20 || c > 0x7E; }, '?');
  const auto first = out.find_first_not_of(' ');
  if (first == std::string::npos) return {};
  return out.substr(first, out.find_last_not_of(' ') - first + 1);
}

hw::Result<std::vector<hw::DiskIdentity>> visible_disks(hw::DiskAccess& disks, const std::string& only) {
  if (only.empty()) return disks.list();
  RESUS_TRY(auto disk, disks.identify(only));
  return std::vector<hw::DiskIdentity>{std::move(disk)};
}

hw::Result<messages::EnrolRequest> take_inventory(hw::MachineInspector& machine, hw::DiskAccess& disks,
                                                  const std::string& only_disk) {
  messages::EnrolRequest request;
  RESUS_TRY(request.identity, machine.inspect());
  RESUS_TRY(request.disks, visible_disks(disks, only_disk));
  auto& identity = request.identity;
  auto& smbios = identity.smbios;
  for (auto* text : {&smbios.uuid, &smbios.manufacturer, &smbios.product, &smbios.serial, &smbios.asset_tag,
                     &smbios.bios_version, &identity.cpu}) {
    *text = printable(*text);
  }
  if (identity.links.size() > messages::kMaxLinks) identity.links.resize(messages::kMaxLinks);
  if (request.disks.size() > messages::kMaxDisks) request.disks.resize(messages::kMaxDisks);
  for (auto& disk : request.disks) {
    for (auto* text : {&disk.model, &disk.serial, &disk.wwn, &disk.firmware}) *text = printable(*text);
  }
  request.build = RESUS_VERSION;
  return request;
}

}  // namespace resus::agent
