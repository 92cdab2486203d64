#include "web/cli/reports.hpp"

namespace resus::web {
namespace json = boost::json;

json::object evidence_json(const imaging::EvidenceInfo& evidence) {
  const auto& record = evidence.record;
  return {{"id", evidence.id},
          {"machine", record.context.machine_id},
          {"bytes", record.disk_bytes},
          {"root", to_hex(record.root)},
          {"sha256", to_hex(record.sha256)},
          {"bytes_added", record.bytes_added},
          {"unreadable", record.unreadable_bytes},
          {"verified_at", record.verified_at}};
}

json::object image_json(const imaging::ImageInfo& image) {
  const auto& manifest = image.manifest;
  return {{"id", manifest.id},
          {"name", manifest.name},
          {"bytes", manifest.disk_bytes},
          {"stored_bytes", image.stored_bytes},
          {"boot", manifest.boot_mode},
          {"partitions", manifest.partitions.size()},
          {"sha256", to_hex(manifest.sha256)},
          {"created_at", manifest.created_at}};
}

json::object report_json(const std::string& id, const imaging::VerifyReport& report) {
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

std::string report_text(const std::string& id, const imaging::VerifyReport& report) {
  const auto word = [](bool ok) { return ok ? "ok" : "DIFFERS"; };
  std::string text = id + (report.ok() ? " verifies" : " DOES NOT VERIFY") + "\n  signature " +
                     word(report.signature_ok) + "\n  map       " + word(report.map_ok) + "\n  root      " +
                     word(report.root_ok) + "\n  SHA-256   " + word(report.sha256_ok) + "\n  checked   " +
                     std::to_string(report.bytes_checked) + " bytes";
  for (const auto& frame : report.damaged_frames)
    text += "\n  damaged: pack " + std::to_string(frame.pack) + " frame " + std::to_string(frame.frame) + ": " +
            frame.reason;
  for (const auto& range : report.damaged_ranges)
    text += "\n  affected: " + std::to_string(range.length_bytes) + " bytes of the disk from byte " +
            std::to_string(range.offset_bytes);
  for (const auto& note : report.notes) text += "\n  note: " + note;
  return text;
}

json::object custody_json(const imaging::CustodyReport& report) {
  json::object object{{"ok", !report.first_broken_line},
                      {"entries", report.entries},
                      {"head", imaging::to_string(report.head)},
                      {"torn_bytes", report.torn_bytes},
                      {"problem", report.problem}};
  object["first_broken_line"] = report.first_broken_line ? json::value(*report.first_broken_line) : json::value();
  return object;
}

std::string custody_text(const imaging::CustodyReport& report) {
  std::string text = std::to_string(report.entries) + " entries verify, head " + imaging::to_string(report.head);
  if (report.torn_bytes > 0)
    text += "\n  the last line is unfinished (" + std::to_string(report.torn_bytes) + " bytes): a crash while writing";
  if (report.first_broken_line)
    text += "\n  BROKEN at line " + std::to_string(*report.first_broken_line) + ": " + report.problem;
  return text;
}

std::string pretty(const json::value& value, std::size_t indent) {
  if (!value.is_object()) {
    if (value.is_string()) return std::string(value.as_string());
    return json::serialize(value);
  }
  std::string text;
  for (const auto& field : value.as_object()) {
    if (!text.empty()) text += '\n';
    text += std::string(indent, ' ') + std::string(field.key()) + ": ";
    text += field.value().is_object() ? "\n" + pretty(field.value(), indent + 2) : pretty(field.value());
  }
  return text;
}

}  // namespace resus::web
