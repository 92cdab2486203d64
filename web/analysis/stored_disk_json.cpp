#include "web/analysis/stored_disk_json.hpp"

#include "hw/plain_text.hpp"

namespace resus::analysis {
namespace json = boost::json;
namespace {

/// A text of the disk's identity, as the disk gave it.
std::string identity(const imaging::StoredDisk& disk, const char* name) {
  boost::system::error_code problem;
  const auto device = json::parse(disk.device_json, problem);
  const auto* const field = !problem && device.is_object() ? device.as_object().if_contains(name) : nullptr;
  return field != nullptr && field->is_string() ? hw::shown_text(field->as_string()) : std::string();
}

}  // namespace

json::object disk_json(const imaging::StoredDisk& disk) {
  return {{"kind", disk.golden ? "golden image" : "evidence"},
          {"id", disk.id},
          {"name", disk.name},
          {"machine", disk.machine},
          {"model", identity(disk, "model")},
          {"serial", identity(disk, "serial")},
          {"disk_bytes", disk.disk_bytes}};
}

std::string disk_text(const imaging::StoredDisk& disk) {
  if (disk.golden) return "golden image " + hw::plain_text(disk.name) + " (" + disk.id + ")";
  const auto model = identity(disk, "model"), serial = identity(disk, "serial");
  return disk.id + " (" + (disk.machine.empty() ? "workbench" : "machine " + hw::plain_text(disk.machine)) +
         (model.empty() ? "" : ", " + model) + (serial.empty() ? "" : ", serial " + serial) + ")";
}

}  // namespace resus::analysis
