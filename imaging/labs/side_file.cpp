#include "imaging/labs/side_file.hpp"

#include <boost/json.hpp>

#include "hw/clock.hpp"

namespace resus::imaging {
namespace json = boost::json;
namespace {

json::array ranges_array(std::span<const UnreadableRange> ranges) {
  json::array list;
  for (const auto& range : ranges)
    list.push_back(json::object{{"offset_bytes", range.offset_bytes}, {"length_bytes", range.length_bytes}, {"cause", name_of(range.cause)}});
  return list;
}

json::object case_object(const e01::CaseData& data) {
  return {{"case_number", data.case_number}, {"evidence_number", data.evidence_number}, {"description", data.description},
          {"examiner", data.examiner}, {"notes", data.notes}};
}

std::string device_text(const json::object& device, const char* key) {
  const auto* value = device.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->as_string()) : std::string();
}

json::object device_of(const Record& record) {
  boost::system::error_code ignored;
  const auto parsed = json::parse(record.device_json, ignored);
  return parsed.is_object() ? parsed.as_object() : json::object();
}

/// The same disk exported twice at different times gives two sets; every segment of one says which it belongs to.
std::array<std::uint8_t, 16> set_id_of(const std::string& evidence_id, std::int64_t written_at) {
  const auto text = evidence_id + " " + std::to_string(written_at);
  const auto digest = sha256(std::as_bytes(std::span(text)));
  std::array<std::uint8_t, 16> id{};
  std::copy_n(digest.bytes.begin(), id.size(), id.begin());
  id[7] = static_cast<std::uint8_t>((id[7] & 0x0f) | 0x40);  // the form of a random UUID, whose first fields are little-endian
  id[8] = static_cast<std::uint8_t>((id[8] & 0x3f) | 0x80);
  return id;
}

}  // namespace

const char* name_of(ReadCause cause) {
  switch (cause) {
    case ReadCause::kMedium: return "medium";
    case ReadCause::kTimeout: return "timeout";
    case ReadCause::kDeviceGone: return "device_gone";
    case ReadCause::kNotTried: return "not_tried";
  }
  return "";
}

std::string unreadable_json(std::span<const UnreadableRange> ranges) { return json::serialize(ranges_array(ranges)) + "\n"; }

std::string to_json(const SideFile& side) {
  json::array names(side.segments.begin(), side.segments.end());
  const json::object object{{"v", 1},
                            {"evidence", side.evidence_id},
                            {"record", side.record_file},
                            {"disk_bytes", side.record.disk_bytes},
                            {"root", to_hex(side.record.root)},
                            {"sha256", to_hex(side.record.sha256)},
                            {"md5", side.hashes.md5},
                            {"sha1", side.hashes.sha1},
                            {"unreadable", ranges_array(side.unreadable)},
                            {"segments", std::move(names)},
                            {"sector_bytes", side.geometry.sector_bytes},
                            {"chunk_bytes", side.geometry.chunk_bytes()},
                            {"compression", e01::name_of(side.data.compression)},
                            {"case", case_object(side.data)},
                            {"tool", side.tool},
                            {"written_at", side.written_at}};
  return json::serialize(object) + "\n";
}

e01::CaseData case_from_record(e01::CaseData given, const std::string& evidence_id, const Record& record) {
  const auto device = device_of(record);
  given.model = device_text(device, "model");
  given.serial = device_text(device, "serial");
  if (const auto* removable = device.if_contains("removable")) given.removable = removable->is_bool() && removable->as_bool();
  if (given.evidence_number.empty()) given.evidence_number = evidence_id;
  if (given.examiner.empty()) given.examiner = record.context.operator_name;
  if (!given.notes.empty()) given.notes += "; ";
  given.notes += evidence_id + ", SHA-256 " + to_hex(record.sha256);
  if (record.unreadable_bytes > 0) {
    given.notes += ", " + std::to_string(record.unreadable_bytes) + " bytes in " + std::to_string(record.unreadable_count) + " places unreadable, zeros here";
  }
  given.acquired_at = hw::seconds_since_1970(record.copied_at);
  given.set_id = set_id_of(evidence_id, given.written_at);
  return given;
}

std::uint32_t sector_bytes_of(const Record& record) {
  const auto device = device_of(record);
  const auto* value = device.if_contains("logical_sector_bytes");
  if (value == nullptr || !value->is_number()) return 512;
  boost::system::error_code wrong;
  const auto bytes = value->to_number<std::uint32_t>(wrong);
  return wrong ? 512 : bytes;
}

}  // namespace resus::imaging
