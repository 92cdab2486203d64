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

}  // namespace resus::analysis
