#include "web/depot/store_json.hpp"

namespace resus::depot {

namespace json = boost::json;

json::object image_object(const imaging::ImageInfo& image, const json::value& verified) {
  const auto& m = image.manifest;
  return {{"id", m.id},
          {"name", m.name},
          {"disk_bytes", m.disk_bytes},
          {"stored_bytes", image.stored_bytes},
          {"root", to_hex(m.root)},
          {"sha256", to_hex(m.sha256)},
          {"partitions", m.partitions.size()},
          {"created_at", m.created_at},
          {"boot_mode", m.boot_mode},
          {"verified", verified}};
}

json::object report_object(const std::string& id, const imaging::VerifyReport& report) {
  json::array frames, ranges, notes;
  for (const auto& frame : report.damaged_frames)
    frames.push_back({{"pack", frame.pack}, {"frame", frame.frame}, {"reason", frame.reason}});
  for (const auto& range : report.damaged_ranges)
    ranges.push_back({{"offset_bytes", range.offset_bytes}, {"length_bytes", range.length_bytes}});
  for (const auto& note : report.notes) notes.emplace_back(note);
  return {{"id", id},
          {"ok", report.ok()},
          {"signature", report.signature_ok},
          {"map", report.map_ok},
          {"root", report.root_ok},
          {"sha256", report.sha256_ok},
          {"bytes_checked", report.bytes_checked},
          {"damaged_frames", std::move(frames)},
          {"damaged_ranges", std::move(ranges)},
          {"notes", std::move(notes)}};
}

json::object custody_object(const imaging::CustodyReport& report) {
  json::object object{{"ok", !report.first_broken_line},
                      {"entries", report.entries},
                      {"head", imaging::to_string(report.head)},
                      {"torn_bytes", report.torn_bytes},
                      {"problem", report.problem}};
  object["first_broken_line"] = report.first_broken_line ? json::value(*report.first_broken_line) : json::value();
  return object;
}

}  // namespace resus::depot
