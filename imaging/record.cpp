#include "imaging/record.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "imaging/json_fields.hpp"

namespace resus::imaging {
namespace {

namespace json = boost::json;
constexpr std::size_t kListedRanges = 1024;

json::array ranges_to_json(const std::vector<UnreadableRange>& ranges) {
  json::array list;
  for (const auto& range : ranges) {
    if (list.size() == kListedRanges) break;
    list.push_back(json::object{{"offset", range.offset_bytes},
                                {"length", range.length_bytes},
                                {"cause", static_cast<unsigned>(range.cause)}});
  }
  return list;
}

Result<std::vector<UnreadableRange>> ranges_from_json(const json::value* list) {
  if (list == nullptr || !list->is_array()) return hw::fail(hw::Code::kBadInput, "record: unreadable is not a list");
  std::vector<UnreadableRange> ranges;
  for (const auto& entry : list->get_array()) {
    RESUS_TRY(auto fields, JsonFields::of(entry, "record: unreadable"));
    UnreadableRange range;
    RESUS_TRY(range.offset_bytes, fields.size("offset"));
    RESUS_TRY(range.length_bytes, fields.size("length"));
    RESUS_TRY(const auto cause, fields.size("cause"));
    RESUS_TRY(fields.no_others());
    if (!is_read_cause(cause)) return hw::fail(hw::Code::kBadInput, "record: unknown cause");
    range.cause = static_cast<ReadCause>(cause);
    ranges.push_back(range);
  }
  return ranges;
}

Result<void> read_context(JsonFields& fields, RecordContext& context) {
  RESUS_TRY(context.machine_id, fields.text("machine"));
  RESUS_TRY(context.attempt, fields.text("attempt"));
  RESUS_TRY(context.incident, fields.text("incident"));
  RESUS_TRY(context.operator_name, fields.text("operator"));
  RESUS_TRY(context.tool, fields.text("tool"));
  return hw::success();
}

Result<void> read_content(JsonFields& fields, Record& record) {
  RESUS_TRY(record.disk_bytes, fields.size("disk_bytes"));
  RESUS_TRY(const auto root, fields.digest("root"));
  record.root = TreeRoot{root};
  RESUS_TRY(record.sha256, fields.digest("sha256"));
  RESUS_TRY(record.md5, fields.text("md5"));
  RESUS_TRY(record.sha1, fields.text("sha1"));
  RESUS_TRY(record.map_sha256, fields.digest("map_sha256"));
  RESUS_TRY(record.bytes_read, fields.size("bytes_read"));
  RESUS_TRY(record.bytes_added, fields.size("bytes_added"));
  RESUS_TRY(record.bytes_known, fields.size("bytes_known"));
  RESUS_TRY(record.unreadable_bytes, fields.size("unreadable_bytes"));
  RESUS_TRY(record.unreadable_count, fields.size("unreadable_count"));
  RESUS_TRY(record.unreadable, ranges_from_json(fields.optional("unreadable")));
  return hw::success();
}

Result<void> read_times(JsonFields& fields, Record& record) {
  RESUS_TRY(record.started_at, fields.text("started_at"));
  RESUS_TRY(record.copied_at, fields.text("copied_at"));
  RESUS_TRY(record.verified_at, fields.text("verified_at"));
  RESUS_TRY(const auto milliseconds, fields.size("copy_ms"));
  record.seconds = static_cast<double>(milliseconds) / 1000;
  return hw::success();
}

}  // namespace

std::string to_json(const Record& record) {
  boost::system::error_code error;
  auto device = json::parse(record.device_json, error);
  if (error || !device.is_object()) device = json::object{{"text", record.device_json}};
  return json::serialize(json::object{
      {"v", 1},
      {"machine", record.context.machine_id},
      {"attempt", record.context.attempt},
      {"incident", record.context.incident},
      {"operator", record.context.operator_name},
      {"tool", record.context.tool},
      {"device", std::move(device)},
      {"disk_bytes", record.disk_bytes},
      {"root", to_hex(record.root)},
      {"sha256", to_hex(record.sha256)},
      {"md5", record.md5},
      {"sha1", record.sha1},
      {"map_sha256", to_hex(record.map_sha256)},
      {"bytes_read", record.bytes_read},
      {"bytes_added", record.bytes_added},
      {"bytes_known", record.bytes_known},
      {"unreadable_bytes", record.unreadable_bytes},
      {"unreadable_count", record.unreadable_count},
      {"unreadable", ranges_to_json(record.unreadable)},
      {"started_at", record.started_at},
      {"copied_at", record.copied_at},
      {"verified_at", record.verified_at},
      {"copy_ms", static_cast<std::uint64_t>(record.seconds * 1000)},
  });
}

Result<Record> record_from_json(std::string_view text) {
  RESUS_TRY(const auto value, parse_json(text, "record"));
  RESUS_TRY(auto fields, JsonFields::of(value, "record"));
  RESUS_TRY(const auto version, fields.integer("v"));
  if (version != 1) return hw::fail(hw::Code::kBadInput, "record version " + std::to_string(version) + " is not known");
  Record record;
  RESUS_TRY(read_context(fields, record.context));
  const auto* device = fields.optional("device");
  if (device == nullptr || !device->is_object()) return hw::fail(hw::Code::kBadInput, "record: device is missing");
  record.device_json = json::serialize(*device);
  RESUS_TRY(read_content(fields, record));
  RESUS_TRY(read_times(fields, record));
  RESUS_TRY(fields.no_others());
  return record;
}

std::string evidence_id(std::string_view payload) {
  return "ev-" + to_hex(sha256(std::as_bytes(std::span(payload)))).substr(0, 16);
}

}  // namespace resus::imaging
