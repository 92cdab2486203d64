#include "web/messages/identity_json.hpp"

#include "web/messages/enrol.hpp"

namespace resus::messages {

boost::json::object disk_object(const hw::DiskIdentity& disk) {
  boost::json::object object{{"path", disk.path},
                             {"model", disk.model},
                             {"serial", disk.serial},
                             {"wwn", disk.wwn},
                             {"firmware", disk.firmware},
                             {"transport", disk.transport},
                             {"size_bytes", disk.size_bytes},
                             {"logical_sector_bytes", disk.logical_sector_bytes},
                             {"physical_sector_bytes", disk.physical_sector_bytes},
                             {"removable", disk.removable},
                             {"read_only", disk.read_only},
                             {"rotational", disk.rotational}};
  if (disk.lasting_bytes != 0) object["lasting_bytes"] = disk.lasting_bytes;
  return object;
}

hw::DiskIdentity read_disk(Fields& fields) {
  hw::DiskIdentity disk;
  disk.path = fields.text("path");
  disk.model = fields.text("model");
  disk.serial = fields.text("serial");
  disk.wwn = fields.text("wwn");
  disk.firmware = fields.text("firmware");
  disk.transport = fields.text("transport");
  disk.size_bytes = fields.number("size_bytes", kMaxDiskBytes);
  if (fields.has("lasting_bytes")) disk.lasting_bytes = fields.number("lasting_bytes", kMaxDiskBytes);
  if (disk.lasting_bytes > disk.size_bytes) fields.refuse("lasting_bytes", "no more than size_bytes");
  disk.logical_sector_bytes = fields.number32("logical_sector_bytes");
  disk.physical_sector_bytes = fields.number32("physical_sector_bytes");
  disk.removable = fields.flag("removable");
  disk.read_only = fields.flag("read_only");
  disk.rotational = fields.flag("rotational");
  return disk;
}

namespace {

boost::json::object smbios_object(const hw::SmbiosIdentity& smbios) {
  return {{"uuid", smbios.uuid},     {"manufacturer", smbios.manufacturer}, {"product", smbios.product},
          {"serial", smbios.serial}, {"asset_tag", smbios.asset_tag},       {"bios_version", smbios.bios_version}};
}

boost::json::object link_object(const hw::NetworkLink& link) {
  return {{"name", link.name}, {"mac", link.mac},         {"driver", link.driver},
          {"ipv4", link.ipv4}, {"carrier", link.carrier}, {"speed_mbit", link.speed_mbit}};
}

hw::SmbiosIdentity read_smbios(Fields& fields) {
  hw::SmbiosIdentity smbios;
  smbios.uuid = fields.text("uuid");
  smbios.manufacturer = fields.text("manufacturer");
  smbios.product = fields.text("product");
  smbios.serial = fields.text("serial");
  smbios.asset_tag = fields.text("asset_tag");
  smbios.bios_version = fields.text("bios_version");
  return smbios;
}

hw::NetworkLink read_link(Fields& fields) {
  hw::NetworkLink link;
  link.name = fields.text("name");
  link.mac = fields.text("mac");
  link.driver = fields.text("driver");
  link.ipv4 = fields.text("ipv4");
  link.carrier = fields.flag("carrier");
  link.speed_mbit = fields.number32("speed_mbit");
  return link;
}

}  // namespace

boost::json::object machine_object(const hw::MachineIdentity& identity) {
  boost::json::array links;
  for (const auto& link : identity.links) links.emplace_back(link_object(link));
  return {{"smbios", smbios_object(identity.smbios)},
          {"links", std::move(links)},
          {"firmware", identity.firmware},
          {"secure_boot", identity.secure_boot},
          {"memory_bytes", identity.memory_bytes},
          {"cpu", identity.cpu}};
}

hw::MachineIdentity read_machine(Fields& fields) {
  hw::MachineIdentity identity;
  fields.object("smbios", [&](Fields& inner) { identity.smbios = read_smbios(inner); });
  fields.objects("links", kMaxLinks, [&](Fields& inner) { identity.links.push_back(read_link(inner)); });
  identity.firmware = fields.text("firmware");
  identity.secure_boot = fields.flag("secure_boot");
  identity.memory_bytes = fields.number("memory_bytes");
  identity.cpu = fields.text("cpu");
  return identity;
}

}  // namespace resus::messages
