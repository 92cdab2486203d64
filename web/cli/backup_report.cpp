#include "web/cli/backup_report.hpp"

#include "web/depot/backup_scan.hpp"

namespace resus::web {

namespace json = boost::json;

namespace {

json::array exclusions_array(const std::vector<imaging::Exclusion>& exclusions) {
  json::array array;
  for (const auto& it : exclusions) {
    array.emplace_back(json::object{{"path", depot::shown_path(it.path)}, {"why", depot::shown_path(it.reason)}, {"whole", it.whole}});
  }
  return array;
}

std::string path_of(const imaging::BackupManifest& manifest, std::uint64_t index) {
  const auto found = std::ranges::lower_bound(manifest.entries, index, {}, &imaging::BackupEntry::index);
  return found == manifest.entries.end() ? "" : depot::shown_path(found->path);
}

json::array not_scanned_array(const imaging::BackupManifest& manifest) {
  json::array array;
  for (const auto& finding : manifest.findings) {
    if (!finding.malware.empty()) continue;
    array.emplace_back(json::object{{"path", path_of(manifest, finding.index)}, {"why", words_for(finding.why)},
                                    {"detail", depot::shown_path(finding.detail)}});
  }
  return array;
}

json::array infected_array(const imaging::BackupManifest& manifest) {
  json::array array;
  for (const auto& finding : manifest.findings) {
    if (finding.malware.empty()) continue;
    array.emplace_back(json::object{{"path", path_of(manifest, finding.index)},
                                    {"malware", json::array(finding.malware.begin(), finding.malware.end())}});
  }
  return array;
}

void append_lines(std::string& text, const char* head, const json::array& rows) {
  if (rows.empty()) return;
  text += std::string("\n") + head + ":";
  for (const auto& row : rows) {
    text += "\n  " + std::string(row.at("path").as_string()) + "  (" + std::string(row.at("why").as_string());
    const auto* detail = row.as_object().if_contains("detail");
    text += detail != nullptr && !detail->as_string().empty() ? ": " + std::string(detail->as_string()) + ")" : ")";
  }
}

}  // namespace

json::object backup_json(const depot::BackupInfo& backup) {
  return {{"id", backup.id},
          {"name", backup.name},
          {"format", backup.format},
          {"bytes", backup.bytes},
          {"files", backup.files},
          {"exclusions", backup.exclusions},
          {"malware_scan", backup.verdict},
          {"infected", backup.infected},
          {"not_scanned", backup.not_scanned},
          {"scanned_at", backup.scanned_at},
          {"scan_note", backup.scan_note},
          {"partition", backup.partition},
          {"directory", backup.directory},
          {"part_of", backup.part_of},
          {"created_at", backup.created_at}};
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

json::object manifest_json(const depot::BackupInfo& backup, const imaging::BackupManifest& manifest) {
  auto object = backup_json(backup);
  json::array scanners;
  for (const auto& it : manifest.scan.scanners) {
    scanners.emplace_back(json::object{{"name", it.name}, {"version", it.version}, {"rules", it.rules}});
  }
  object["scanners"] = std::move(scanners);
  object["infected_files"] = infected_array(manifest);
  object["not_scanned_files"] = not_scanned_array(manifest);
  auto left_out = exclusions_array(manifest.exclusions);
  for (auto& row : exclusions_array(malware_exclusions(manifest))) left_out.push_back(std::move(row));
  object["left_out"] = std::move(left_out);
  return object;
}

std::string manifest_text(const depot::BackupInfo& backup, const imaging::BackupManifest& manifest) {
  std::string text = backup_text(backup);
  for (const auto& it : manifest.scan.scanners) {
    text += "\nscanned " + manifest.scan.time + " by " + it.name + " " + it.version + ", rules " + it.rules;
  }
  auto left_out = exclusions_array(malware_exclusions(manifest));
  for (auto& row : exclusions_array(manifest.exclusions)) left_out.push_back(std::move(row));
  append_lines(text, "not restored", left_out);
  append_lines(text, "not scanned", not_scanned_array(manifest));
  return text;
}

}  // namespace resus::web
