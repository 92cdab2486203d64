#include "web/depot/backup_shelf.hpp"

#include <algorithm>
#include <boost/json.hpp>

#include "imaging/restore/scan.hpp"
#include "web/messages/fields.hpp"

namespace resus::depot {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxManifestBytes = std::size_t{1} << 30;
constexpr std::size_t kMaxNameBytes = 100;
constexpr std::size_t kCopyBytes = std::size_t{1} << 20;

std::string info_json(const BackupInfo& b) {
  return json::serialize(json::object{{"id", b.id}, {"name", b.name}, {"format", b.format}, {"bytes", b.bytes},
                                      {"files", b.files}, {"exclusions", b.exclusions}, {"created_at", b.created_at},
                                      {"malware_scan", b.verdict}, {"infected", b.infected}, {"not_scanned", b.not_scanned},
                                      {"scanned_at", b.scanned_at}, {"scan_note", b.scan_note}, {"partition", b.partition},
                                      {"directory", b.directory}, {"part_of", b.part_of}});
}

/// What the list says of the scan; the manifest says all of it.
void take_scan(BackupInfo& info, const imaging::BackupManifest& manifest) {
  info.verdict = to_string(verdict_of(manifest));
  info.infected = malware_exclusions(manifest).size();
  info.not_scanned = static_cast<std::uint64_t>(
      std::ranges::count_if(manifest.findings, [](const auto& finding) { return finding.malware.empty(); }));
  info.scanned_at = manifest.scan.time;
  info.scan_note = manifest.scan.scanners.empty() ? manifest.scan.why_not : "";
}

std::string format_word(const imaging::BackupManifest& manifest) {
  if (manifest.format == "zip") return "zip";
  if (manifest.filter == "zstd") return "tar.zst";
  if (manifest.filter == "gzip") return "tar.gz";
  return manifest.filter == "xz" ? "tar.xz" : "tar";
}

/// Counts the bytes of all passes over an archive and asks whether to go on.
class Passes {
 public:
  Passes(const BackupShelf::Watch& watch, std::uint64_t total) : watch_(watch), total_(total) {}
  Result<void> read(std::uint64_t bytes) {
    done_ += bytes;
    if (!watch_ || watch_(done_, total_)) return hw::success();
    return hw::fail(hw::Code::kCancelled, "adding the backup was stopped");
  }

 private:
  const BackupShelf::Watch& watch_;
  std::uint64_t done_ = 0;
  std::uint64_t total_;
};

/// Feeds a file from its beginning.
imaging::ByteFeed feed_of(const hw::ReadFile& file, std::uint64_t size, Passes* passes = nullptr) {
  return [&file, size, passes, at = std::uint64_t{0}](std::span<std::byte> buffer) mutable -> Result<std::size_t> {
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), size - at));
    if (count == 0) return std::size_t{0};
    RESUS_TRY(file.read(at, buffer.first(count)));
    at += count;
    if (passes != nullptr) {
      RESUS_TRY(passes->read(count));
    }
    return count;
  };
}

Result<void> copy_file(hw::FileSystem& files, const hw::ReadFile& from, std::uint64_t size, const std::string& to, Passes& passes) {
  RESUS_TRY(const bool torn, files.exists(to));
  if (torn) {
    RESUS_TRY(files.remove(to));
  }
  RESUS_TRY(auto target, files.open_append(to));
  std::vector<std::byte> buffer(kCopyBytes);
  for (std::uint64_t at = 0; at < size;) {
    const auto piece = std::span(buffer).first(static_cast<std::size_t>(std::min<std::uint64_t>(kCopyBytes, size - at)));
    RESUS_TRY(from.read(at, piece));
    RESUS_TRY(target->append(piece));
    at += piece.size();
    RESUS_TRY(passes.read(piece.size()));
  }
  return target->sync();
}

std::uint64_t files_in(const imaging::BackupManifest& manifest) {
  return static_cast<std::uint64_t>(std::ranges::count_if(
      manifest.entries, [](const auto& entry) { return entry.type != imaging::EntryType::kDirectory; }));
}

}  // namespace

Result<void> check_backup_name(std::string_view name) {
  const bool shown = std::ranges::none_of(name, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f || c == '/'; });
  if (!name.empty() && name.size() <= kMaxNameBytes && shown && !name.starts_with("bk-")) return hw::success();
  return hw::fail(hw::Code::kBadInput, "a backup's name has 1 to 100 characters, none of them / or a control character, and does not begin with bk-");
}

Result<BackupInfo> BackupShelf::add(const NewBackup& backup, const ShelfTools& tools, const Arrives& arrives, const Watch& watch) {
  RESUS_TRY(check_backup_name(backup.name));
  RESUS_TRY(const auto whole, whole_of(backup));
  RESUS_TRY(const auto source, files_.open_read(backup.source));
  RESUS_TRY(const auto size, source->size_bytes());
  Passes passes(watch, size * (tools.scanners.any() ? 3 : 2));
  RESUS_TRY(auto manifest, imaging::scan_backup(tools.sandbox, feed_of(*source, size, &passes)));
  BackupInfo info{.id = "bk-" + to_hex(manifest.archive_sha256).substr(0, 16), .name = backup.name,
                  .format = format_word(manifest), .bytes = size, .files = files_in(manifest),
                  .exclusions = manifest.exclusions.size(), .created_at = tools.now,
                  .partition = backup.partition, .directory = backup.directory, .part_of = whole};
  if (auto same = find(info.id)) return same;
  if (find(backup.name)) return hw::fail(hw::Code::kConflict, "another backup is called " + backup.name);
  if (tools.scanners.any()) {
    RESUS_TRY(manifest, imaging::scan_for_malware(tools.sandbox, tools.scanners, feed_of(*source, size, &passes),
                                                  std::move(manifest), tools.now));
  } else {
    manifest.scan.why_not = "no rules were given";
  }
  RESUS_TRY(files_.make_directories(directory_ + "/" + info.id));
  RESUS_TRY(copy_file(files_, *source, size, archive_path(info.id), passes));
  take_scan(info, manifest);
  RESUS_TRY(arrives(info, manifest));
  RESUS_TRY(info, replace_manifest(info, manifest, tools.key));
  RESUS_TRY(files_.sync_directory(directory_));
  return info;
}

/// Parts of parts would make an order out of what is a set.
Result<std::string> BackupShelf::whole_of(const NewBackup& backup) const {
  if (backup.part_of.empty()) return std::string();
  RESUS_TRY(const auto whole, find(backup.part_of));
  if (whole.part_of.empty()) return whole.id;
  return hw::fail(hw::Code::kUsage, whole.name + " is itself a part of " + whole.part_of + ": name that one");
}

Result<BackupInfo> BackupShelf::replace_manifest(const BackupInfo& info, const imaging::BackupManifest& manifest,
                                                 const imaging::SigningKey& key) {
  const auto folder = directory_ + "/" + info.id;
  auto now = info;
  take_scan(now, manifest);
  RESUS_TRY(const auto envelope, imaging::seal(key, imaging::Purpose::kBackupManifest, imaging::to_json_lines(manifest)));
  RESUS_TRY(files_.replace(folder + "/manifest", envelope));
  RESUS_TRY(files_.replace(folder + "/info.json", info_json(now)));  // last: a backup without it is not there
  return now;
}

Result<imaging::BackupManifest> BackupShelf::scan(const std::string& id, imaging::BackupManifest manifest,
                                                  const ShelfTools& tools, const imaging::ScanWatch& watch) const {
  if (!tools.scanners.any()) return hw::fail(hw::Code::kScanRules, "no rules were given");
  RESUS_TRY(const auto archive, files_.open_read(archive_path(id)));
  RESUS_TRY(const auto size, archive->size_bytes());
  return imaging::scan_for_malware(tools.sandbox, tools.scanners, feed_of(*archive, size), std::move(manifest), tools.now,
                                   {}, watch);
}

Result<BackupInfo> BackupShelf::read_info(const std::string& id) const {
  RESUS_TRY(const auto text, files_.read_all(directory_ + "/" + id + "/info.json", messages::kMaxMessageBytes));
  RESUS_TRY(const auto object, messages::parse_object(text, "backup"));
  messages::Fields f(object, "backup");
  BackupInfo info{.id = f.text("id"), .name = f.text("name"), .format = f.text("format"), .bytes = f.number("bytes"),
                  .files = f.number("files"), .exclusions = f.number("exclusions"), .created_at = f.text("created_at"),
                  .verdict = f.text("malware_scan"), .partition = f.number32("partition"),
                  .directory = f.text("directory", messages::kLongText),
                  .part_of = f.has("part_of") ? f.text("part_of") : std::string()};
  if (f.has("scanned_at")) {  // absent where the backup was added before there were scans
    info.infected = f.number("infected");
    info.not_scanned = f.number("not_scanned");
    info.scanned_at = f.text("scanned_at");
    info.scan_note = f.text("scan_note", messages::kLongText);
  }
  RESUS_TRY(f.done());
  return info;
}

Result<std::vector<BackupInfo>> BackupShelf::list() const {
  std::vector<BackupInfo> all;
  RESUS_TRY(const bool there, files_.exists(directory_));
  if (!there) return all;
  RESUS_TRY(const auto names, files_.list(directory_));
  for (const auto& name : names) {
    RESUS_TRY(const bool complete, files_.exists(directory_ + "/" + name + "/info.json"));
    if (!complete) continue;
    RESUS_TRY(auto info, read_info(name));
    all.push_back(std::move(info));
  }
  return all;
}

Result<BackupInfo> BackupShelf::find(std::string_view id_or_name) const {
  RESUS_TRY(auto all, list());
  const auto found = std::ranges::find_if(all, [&](const auto& b) { return b.id == id_or_name || b.name == id_or_name; });
  if (found == all.end()) return hw::fail(hw::Code::kNotFound, "there is no backup " + std::string(id_or_name));
  return *found;
}

Result<std::vector<BackupInfo>> BackupShelf::with_parts(std::string_view id_or_name) const {
  RESUS_TRY(auto whole, find(id_or_name));
  RESUS_TRY(auto all, list());
  std::erase_if(all, [&](const auto& b) { return b.part_of != whole.id; });
  std::ranges::sort(all, {}, &BackupInfo::id);
  all.insert(all.begin(), std::move(whole));
  return all;
}

Result<BackupShelf::ManifestFile> BackupShelf::manifest_file(const std::string& id) const {
  RESUS_TRY(const auto info, find(id));
  ManifestFile manifest{.path = directory_ + "/" + info.id + "/manifest"};
  RESUS_TRY(const auto file, files_.open_read(manifest.path));
  RESUS_TRY(manifest.bytes, file->size_bytes());
  return manifest;
}

Result<imaging::BackupManifest> BackupShelf::manifest(const std::string& id,
                                                      std::span<const imaging::PublicKey> trusted) const {
  RESUS_TRY(const auto file, manifest_file(id));
  RESUS_TRY(const auto envelope, files_.read_all(file.path, kMaxManifestBytes));
  RESUS_TRY(const auto payload, imaging::open_envelope(envelope, imaging::Purpose::kBackupManifest, trusted,
                                                       hw::Code::kRestoreVerify));
  return imaging::backup_manifest_from_json_lines(payload);
}

}  // namespace resus::depot
