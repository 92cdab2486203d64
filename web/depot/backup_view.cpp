#include "web/depot/backup_view.hpp"

#include <algorithm>

#include "hw/plain_text.hpp"

namespace resus::depot {
namespace {

namespace json = boost::json;
using hw::shown_text;

std::string path_of(const imaging::BackupManifest& manifest, std::uint64_t index) {
  const auto found = std::ranges::lower_bound(manifest.entries, index, {}, &imaging::BackupEntry::index);
  return found == manifest.entries.end() ? "" : shown_text(found->path);
}

json::array not_scanned_array(const imaging::BackupManifest& manifest, std::size_t most) {
  json::array array;
  for (const auto& finding : manifest.findings) {
    if (!finding.malware.empty() || array.size() >= most) continue;
    array.emplace_back(json::object{{"path", path_of(manifest, finding.index)}, {"why", words_for(finding.why)},
                                    {"detail", shown_text(finding.detail)}});
  }
  return array;
}

json::array infected_array(const imaging::BackupManifest& manifest, std::size_t most) {
  json::array array;
  for (const auto& finding : manifest.findings) {
    if (finding.malware.empty() || array.size() >= most) continue;
    json::array names;
    for (const auto& name : finding.malware) names.emplace_back(shown_text(name));
    array.emplace_back(json::object{{"path", path_of(manifest, finding.index)}, {"malware", std::move(names)}});
  }
  return array;
}

json::array left_out_array(const imaging::BackupManifest& manifest, std::size_t most) {
  auto all = malware_exclusions(manifest);
  all.insert(all.end(), manifest.exclusions.begin(), manifest.exclusions.end());
  json::array array;
  for (const auto& it : all) {
    if (array.size() >= most) break;
    array.emplace_back(json::object{{"path", shown_text(it.path)}, {"why", shown_text(it.reason)}, {"whole", it.whole}});
  }
  return array;
}

}  // namespace

json::object backup_object(const BackupInfo& b) {
  return {{"id", b.id}, {"name", b.name}, {"format", b.format}, {"bytes", b.bytes}, {"files", b.files},
          {"exclusions", b.exclusions}, {"verdict", b.verdict}, {"infected", b.infected}, {"not_scanned", b.not_scanned},
          {"scanned_at", b.scanned_at.empty() ? json::value(nullptr) : json::value(b.scanned_at)},
          {"scan_note", b.scan_note}, {"partition", b.partition}, {"directory", b.directory}, {"part_of", b.part_of},
          {"created_at", b.created_at}};
}

json::object backup_details(const BackupInfo& backup, const imaging::BackupManifest& manifest, std::size_t most) {
  auto object = backup_object(backup);
  json::array scanners;
  for (const auto& it : manifest.scan.scanners) {
    scanners.emplace_back(json::object{{"name", it.name}, {"version", it.version}, {"rules", it.rules}});
  }
  object["scanners"] = std::move(scanners);
  object["infected_files"] = infected_array(manifest, most);
  object["not_scanned_files"] = not_scanned_array(manifest, most);
  object["left_out"] = left_out_array(manifest, most);
  return object;
}

}  // namespace resus::depot
