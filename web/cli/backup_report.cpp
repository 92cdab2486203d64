#include "web/cli/backup_report.hpp"

#include "web/depot/backup_view.hpp"

namespace resus::web {

namespace json = boost::json;

namespace {

std::string text_of(const json::value& row, const char* key) {
  const auto* field = row.as_object().if_contains(key);
  return field != nullptr && field->is_string() ? std::string(field->as_string()) : std::string();
}

void append_rows(std::string& text, const char* head, const json::value& rows) {
  if (rows.as_array().empty()) return;
  text += std::string("\n") + head + ":";
  for (const auto& row : rows.as_array()) {
    const auto detail = text_of(row, "detail");
    text += "\n  " + text_of(row, "path") + "  (" + text_of(row, "why") + (detail.empty() ? "" : ": " + detail) + ")";
  }
}

}  // namespace

json::object backup_json(const depot::BackupInfo& backup) {
  auto object = depot::backup_object(backup);
  object["malware_scan"] = backup.verdict;
  return object;
}

std::string backup_text(const depot::BackupInfo& backup) {
  std::string text = "Backup " + backup.name + " is " + backup.id + ": " + std::to_string(backup.files) + " files, " +
                     std::to_string(backup.exclusions + backup.infected) + " entries will not be restored, malware scan: " +
                     backup.verdict;
  if (!backup.scan_note.empty()) text += " (" + backup.scan_note + ")";
  if (backup.infected > 0) text += ", " + std::to_string(backup.infected) + " infected";
  if (backup.not_scanned > 0) text += ", " + std::to_string(backup.not_scanned) + " not scanned";
  return text;
}

std::string details_text(const depot::BackupInfo& backup, const json::object& details) {
  std::string text = backup_text(backup);
  for (const auto& it : details.at("scanners").as_array()) {
    text += "\nscanned " + backup.scanned_at + " by " + text_of(it, "name") + " " + text_of(it, "version") + ", rules " +
            text_of(it, "rules");
  }
  append_rows(text, "not restored", details.at("left_out"));
  append_rows(text, "not scanned", details.at("not_scanned_files"));
  return text;
}

}  // namespace resus::web
