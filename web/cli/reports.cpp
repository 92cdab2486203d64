#include "web/cli/reports.hpp"

namespace resus::web {
namespace json = boost::json;
namespace {

std::string stamp_text(const json::object& stamp) {
  const auto field = [&](const char* key) { return std::string(stamp.at(key).as_string()); };
  const auto state = field("state");
  if (state == "none") return "none";
  if (state == "bad") return "DOES NOT VERIFY: " + field("problem");
  const auto said = field("time") + " by " + field("authority");
  return state == "stamped" ? "ok, " + said : "not checked (no authority's certificate, see --tsa-ca): " + said;
}

std::string report_text(const json::object& report) {
  const auto word = [&](const char* key) { return report.at(key).as_bool() ? "ok" : "DIFFERS"; };
  const auto number = [](const json::value& object, const char* key) { return json::serialize(object.at(key)); };
  std::string text = std::string(report.at("id").as_string()) + (report.at("ok").as_bool() ? " verifies" : " DOES NOT VERIFY") +
                     "\n  signature " + word("signature") + "\n  map       " + word("map") + "\n  root      " + word("root") +
                     "\n  SHA-256   " + word("sha256") + "\n  checked   " + number(report, "bytes_checked") + " bytes";
  for (const auto& frame : report.at("damaged_frames").as_array()) {
    text += "\n  damaged: pack " + number(frame, "pack") + " frame " + number(frame, "frame") + ": " +
            std::string(frame.at("reason").as_string());
  }
  for (const auto& range : report.at("damaged_ranges").as_array()) {
    text += "\n  affected: " + number(range, "length_bytes") + " bytes of the disk from byte " + number(range, "offset_bytes");
  }
  if (const auto* stamp = report.if_contains("stamp"); stamp != nullptr && stamp->is_object()) text += "\n  stamp     " + stamp_text(stamp->as_object());
  for (const auto& note : report.at("notes").as_array()) text += "\n  note: " + std::string(note.as_string());
  return text;
}

std::string custody_text(const json::object& report) {
  std::string text = json::serialize(report.at("entries")) + " entries verify, head " + std::string(report.at("head").as_string());
  if (const auto& torn = report.at("torn_bytes"); torn != 0) {
    text += "\n  the last line is unfinished (" + json::serialize(torn) + " bytes): a crash while writing";
  }
  const std::string problem(report.at("problem").as_string());
  if (const auto& line = report.at("first_broken_line"); !line.is_null()) {
    text += "\n  BROKEN at line " + json::serialize(line) + ": " + problem;
  } else if (!problem.empty()) {
    text += "\n  BROKEN: " + problem;
  }
  return text;
}

}  // namespace

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

int print_report(Environment& environment, const json::object& report) {
  environment.output.print(report, [&] { return report_text(report); });
  return report.at("ok").as_bool() ? kExitOk : kExitFailed;
}

int print_custody(Environment& environment, const json::object& report) {
  environment.output.print(report, [&] { return custody_text(report); });
  return report.at("ok").as_bool() ? kExitOk : kExitFailed;
}

void print_imported(Environment& environment, const json::object& image) {
  environment.output.print(image, [&] {
    return "Golden image " + std::string(image.at("name").as_string()) + " is " + std::string(image.at("id").as_string()) + "\n" + pretty(image, 2);
  });
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
