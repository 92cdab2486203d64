#include "imaging/restore/entry_rules.hpp"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

namespace resus::imaging {
namespace {

using Kind = MemberFacts::Kind;

constexpr std::size_t kMaxPathBytes = 4095;  // PATH_MAX
constexpr std::size_t kMaxNameBytes = 255;   // NAME_MAX
constexpr std::size_t kMaxDepth = 128;
constexpr std::string_view kStagingPrefix = ".resus-";

EntryType type_of(Kind kind) {
  switch (kind) {
    case Kind::kDirectory: return EntryType::kDirectory;
    case Kind::kSymlink: return EntryType::kSymlink;
    case Kind::kHardlink: return EntryType::kHardlink;
    default: return EntryType::kFile;
  }
}

MemberFacts facts_of(const BackupEntry& entry) {
  constexpr Kind kKinds[] = {Kind::kFile, Kind::kDirectory, Kind::kSymlink, Kind::kHardlink};
  return {.index = entry.index, .path = entry.path, .kind = kKinds[static_cast<std::size_t>(entry.type)],
          .link_target = entry.link_target, .mode = entry.mode, .mtime_s = entry.mtime_s};
}

void note_parts(const MemberFacts& facts, std::vector<Exclusion>& exclusions) {
  const auto note = [&](std::string reason) {
    exclusions.push_back({.index = facts.index, .path = facts.path, .reason = std::move(reason), .whole = false});
  };
  if (facts.kind != Kind::kSymlink && (facts.mode & 06000) != 0) note("setuid and setgid bits are not restored");
  if (facts.mtime_s < kEarliestTime || facts.mtime_s > kLatestTime) note("the time lies outside what disks keep");
}

}  // namespace

std::optional<std::string> clean_path(std::string_view raw) {
  if (raw.empty() || raw.front() == '/' || raw.size() > kMaxPathBytes) return std::nullopt;
  if (raw.find('\0') != std::string_view::npos) return std::nullopt;
  std::string clean;
  std::size_t depth = 0;
  for (std::size_t at = 0; at <= raw.size();) {
    const std::size_t end = std::min(raw.find('/', at), raw.size());
    const auto part = raw.substr(at, end - at);
    at = end + 1;
    if (part.empty() || part == ".") continue;
    if (part == ".." || part.size() > kMaxNameBytes || ++depth > kMaxDepth) return std::nullopt;
    if (!clean.empty()) clean += '/';
    clean += part;
  }
  return clean;
}

std::optional<std::string> EntryRules::refuse_place(const std::string& path, EntryType type) const {
  for (std::size_t slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    const auto above = known_.find(path.substr(0, slash));
    if (above == known_.end() || above->second == EntryType::kDirectory) continue;
    return above->second == EntryType::kSymlink ? "the path leads through a symbolic link of the archive"
                                                : "the path leads through a file of the archive";
  }
  const auto same = known_.find(path);
  if (same == known_.end()) return std::nullopt;
  const bool was_directory = same->second == EntryType::kDirectory;
  if (was_directory != (type == EntryType::kDirectory)) return "the archive has this name as directory and as file";
  if ((same->second == EntryType::kSymlink) != (type == EntryType::kSymlink)) {
    return "the archive has this name as symbolic link and as file";
  }
  return std::nullopt;
}

std::optional<std::string> EntryRules::refuse(const MemberFacts& facts, Verdict& verdict) {
  if (facts.path.empty()) return "the entry has no readable name";
  if (facts.kind == Kind::kDevice) return "device nodes are not restored";
  if (facts.kind == Kind::kFifo || facts.kind == Kind::kOther) return "pipes and sockets are not restored";
  if (facts.path.front() == '/') return "absolute path";
  auto clean = clean_path(facts.path);
  if (!clean) return "the path leaves the archive's root, or is too long or too deep";
  if (clean->empty()) return "the target directory keeps its own owner and mode";
  if (clean->starts_with(kStagingPrefix)) return "names beginning with .resus- are ours";
  verdict.path = std::move(*clean);
  verdict.link_target = facts.link_target;
  if (facts.kind == Kind::kSymlink && (facts.link_target.empty() || facts.link_target.size() > kMaxPathBytes)) {
    return "a symbolic link without a usable target";
  }
  if (facts.kind == Kind::kHardlink) {
    const auto target = clean_path(facts.link_target);
    const auto found = target ? known_.find(*target) : known_.end();
    if (found == known_.end() || *target == verdict.path ||
        (found->second != EntryType::kFile && found->second != EntryType::kHardlink)) {
      return "a hard link to something that is not a file of this archive";
    }
    verdict.link_target = *target;
  }
  return refuse_place(verdict.path, type_of(facts.kind));
}

void EntryRules::remember(const std::string& path, EntryType type) {
  for (std::size_t slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    known_.try_emplace(path.substr(0, slash), EntryType::kDirectory);
  }
  known_[path] = type;
}

EntryRules::Verdict EntryRules::judge(const MemberFacts& facts) {
  Verdict verdict;
  if (auto reason = refuse(facts, verdict)) {
    verdict.exclusions.push_back({.index = facts.index, .path = facts.path, .reason = std::move(*reason)});
    return verdict;
  }
  verdict.admitted = true;
  remember(verdict.path, type_of(facts.kind));
  note_parts(facts, verdict.exclusions);
  return verdict;
}

void drop_superseded(BackupManifest& manifest) {
  std::unordered_map<std::string, std::uint64_t> last;
  for (const auto& entry : manifest.entries) last[entry.path] = entry.index;
  std::unordered_set<std::string> files;  // already there when a later hard link is made
  std::vector<BackupEntry> kept;
  kept.reserve(manifest.entries.size());
  for (auto& entry : manifest.entries) {
    std::string reason;
    if (last[entry.path] != entry.index) {
      reason = "a later entry of the archive has the same name";
    } else if (entry.type == EntryType::kHardlink && !files.contains(entry.link_target)) {
      reason = "a hard link to an earlier state of a file";
    }
    if (!reason.empty()) {
      manifest.exclusions.push_back({.index = entry.index, .path = entry.path, .reason = std::move(reason)});
      continue;
    }
    if (entry.type == EntryType::kFile || entry.type == EntryType::kHardlink) files.insert(entry.path);
    kept.push_back(std::move(entry));
  }
  manifest.entries = std::move(kept);
  std::stable_sort(manifest.exclusions.begin(), manifest.exclusions.end(),
                   [](const auto& a, const auto& b) { return a.index < b.index; });
}

Result<void> check_manifest(const BackupManifest& manifest) {
  const auto bad = [](std::uint64_t index, std::string what) {
    return hw::fail(hw::Code::kBadInput, "backup manifest, entry " + std::to_string(index) + ": " + what);
  };
  EntryRules rules;
  std::uint64_t next = 0, bytes = 0;
  for (const auto& entry : manifest.entries) {
    if (entry.index < next || entry.index >= manifest.entry_count) return bad(entry.index, "out of order");
    next = entry.index + 1;
    const auto verdict = rules.judge(facts_of(entry));
    if (!verdict.admitted) return bad(entry.index, verdict.exclusions.front().reason);
    if (verdict.path != entry.path || !verdict.exclusions.empty()) return bad(entry.index, "not as a scan writes it");
    if (verdict.link_target != entry.link_target) return bad(entry.index, "link target not as a scan writes it");
    bytes += entry.size_bytes;
  }
  const auto whole = std::count_if(manifest.exclusions.begin(), manifest.exclusions.end(),
                                   [](const auto& exclusion) { return exclusion.whole; });
  if (manifest.entries.size() + static_cast<std::uint64_t>(whole) != manifest.entry_count ||
      bytes != manifest.content_bytes) {
    return hw::fail(hw::Code::kBadInput, "backup manifest: its counts do not agree");
  }
  return hw::success();
}

}  // namespace resus::imaging
