#include "web/analysis/file_comparison.hpp"

#include <algorithm>
#include <array>

namespace resus::analysis {
namespace {

/// NTFS keeps its own files in the first entries of the MFT and under $Extend.
constexpr std::uint64_t kFirstNtfsUserInode = 24;
constexpr std::uint64_t kLink = 6;  // TSK_FS_META_TYPE_LNK
/// Of a finding without its path, here and as JSON.
constexpr std::size_t kFindingBytes = 1024;
constexpr std::array<std::string_view, 7> kExtend{"/$Extend/$ObjId", "/$Extend/$Quota", "/$Extend/$Reparse", "/$Extend/$UsnJrnl",
                                                  "/$Extend/$RmMetadata", "/$Extend/$Deleted", "/$Extend/$Tops"};

bool is_or_below(std::string_view path, std::string_view name) {
  return path.starts_with(name) && (path.size() == name.size() || path[name.size()] == '/' || path[name.size()] == ':');
}

std::vector<std::string> metadata_changes(const ListedFile& now, const ListedFile& then) {
  std::vector<std::string> what;
  const auto differs = [&](bool different, const char* word) {
    if (different) what.emplace_back(word);
  };
  differs(now.type != then.type, "type");
  differs(now.mode != then.mode, "mode");
  differs(now.uid != then.uid || now.gid != then.gid, "owner");
  if (now.folder() && then.folder()) return what;
  differs(now.size_bytes != then.size_bytes, "size");
  differs(now.modified != then.modified, "modified");
  differs(now.created != then.created, "created");
  differs(now.changed != then.changed, "inode changed");
  return what;
}

/// The paths of a listing, asked for in order. Threads: one.
class KnownPaths {
 public:
  explicit KnownPaths(FileListing& listing) : listing_(listing) {}
  Result<bool> has(const std::string& path) {
    while (!begun_ || (at_ && at_->path < path)) {
      RESUS_TRY(at_, listing_.next());
      begun_ = true;
    }
    return at_ && at_->path == path;
  }

 private:
  FileListing& listing_;
  std::optional<ListedFile> at_;
  bool begun_ = false;
};

}  // namespace

imaging::ByteRange FileComparison::on_disk(const imaging::ByteRange& range) const {
  const auto offset = std::min(range.offset_bytes, partition_.length_bytes);
  return {.offset_bytes = partition_.offset_bytes + offset,
          .length_bytes = std::min(range.length_bytes, partition_.length_bytes - offset)};
}

bool FileComparison::touched(const ListedFile& file, const Layout& layout) const {
  const auto differs = [&](const imaging::ByteRange& range) { return !blocks_.all_same(on_disk(range)); };
  if (!layout.empty()) return std::ranges::any_of(layout, differs);
  if (file.size_bytes == 0) return false;
  const auto inode = evidence_side_.places.of(file.inode);
  return !inode || differs(*inode);
}

void FileComparison::count(const ListedFile& file, const Layout& layout) {
  std::uint64_t bytes = 0;
  for (const auto& range : layout) {
    bytes += blocks_.bytes_in(on_disk(range))[static_cast<std::size_t>(imaging::Subtracted::kNotGolden)];
  }
  if (bytes == 0 || !counted_.insert(layout.front().offset_bytes).second) return;
  findings_.not_golden_bytes += bytes;
  if (is_internal(file) && take(file.path.size())) findings_.internal.push_back(file.path);
}

bool FileComparison::take(std::size_t bytes) {
  if (memory_bytes_ < bytes) return false;
  memory_bytes_ -= bytes;
  return true;
}

void FileComparison::put(FileFinding finding) {
  if (take(kFindingBytes + finding.path.size())) {
    findings_.files.push_back(std::move(finding));
  } else {
    ++findings_.omitted;
  }
}

bool FileComparison::is_internal(const ListedFile& file) const {
  if (evidence_side_.places.file_system() != "NTFS") return false;
  if (file.path.starts_with("/$") && file.inode < kFirstNtfsUserInode) return true;
  return std::ranges::any_of(kExtend, [&](std::string_view name) { return is_or_below(file.path, name); });
}

Result<std::optional<Content>> FileComparison::content(const FileSystemSide& side, const ListedFile& file) const {
  if (file.folder()) return std::optional<Content>();
  if (file.type == kLink && file.attribute_type <= 1) return side.sleuthkit->link_target(side.image, file.inode);
  return side.sleuthkit->content(side.image, {file.inode, file.attribute_type, file.attribute_id});
}

Result<void> FileComparison::added(const FileListing& listing, const ListedFile& file) {
  RESUS_TRY(const auto layout, listing.layout(file));
  count(file, layout);
  if (is_internal(file)) return hw::success();
  FileFinding finding{.state = "added", .path = file.path, .what = {}, .file = file, .content = {}, .golden = {}};
  RESUS_TRY(finding.content, content(evidence_side_, file));
  if (!finding.content && !file.folder()) finding.what.emplace_back("content not compared");
  put(std::move(finding));
  return hw::success();
}

void FileComparison::deleted(const ListedFile& file) {
  if (is_internal(file)) return;
  put({.state = "deleted", .path = file.path, .what = {}, .file = file, .content = {}, .golden = {}});
}

Result<void> FileComparison::compare_content(FileFinding& finding, const ListedFile& then) {
  RESUS_TRY(finding.content, content(evidence_side_, finding.file));
  RESUS_TRY(finding.golden, content(golden_side_, then));
  if (!finding.content || !finding.golden) {
    finding.what.emplace_back("content not compared");
  } else if (finding.content->bytes != finding.golden->bytes || finding.content->sha256 != finding.golden->sha256) {
    finding.what.insert(finding.what.begin(), "content");
  }
  return hw::success();
}

Result<void> FileComparison::both(const FileListing& evidence, const ListedFile& now, const FileListing& golden, const ListedFile& then) {
  RESUS_TRY(const auto layout, evidence.layout(now));
  count(now, layout);
  if (is_internal(now)) return hw::success();
  FileFinding finding{.state = "changed", .path = now.path, .what = metadata_changes(now, then), .file = now, .content = {}, .golden = {}};
  if (!now.folder() && !then.folder()) {
    RESUS_TRY(const auto layout_then, golden.layout(then));
    if (now.size_bytes != then.size_bytes || layout != layout_then || touched(now, layout)) {
      RESUS_TRY(compare_content(finding, then));
    }
  }
  if (!finding.what.empty()) put(std::move(finding));
  return hw::success();
}

Result<void> FileComparison::merge(FileListing& evidence, FileListing& golden) {
  RESUS_TRY(evidence.start(false));
  RESUS_TRY(golden.start(false));
  RESUS_TRY(auto now, evidence.next());
  RESUS_TRY(auto then, golden.next());
  while (now || then) {
    if (stop_.stop_requested()) return hw::fail(hw::Code::kCancelled, "the comparison was stopped");
    const bool only_now = now && (!then || now->path < then->path);
    const bool only_then = then && (!now || then->path < now->path);
    if (only_now) {
      RESUS_TRY(added(evidence, *now));
    } else if (only_then) {
      deleted(*then);
    } else {
      RESUS_TRY(both(evidence, *now, golden, *then));
    }
    if (!only_then) {
      RESUS_TRY(now, evidence.next());
    }
    if (!only_now) {
      RESUS_TRY(then, golden.next());
    }
  }
  return hw::success();
}

/// Both lists are ordered by path: what is known is read along, nothing of it is kept.
Result<void> FileComparison::remnants(FileListing& evidence, FileListing& golden, FileListing& golden_deleted) {
  RESUS_TRY(evidence.start(true));
  RESUS_TRY(golden.start(false));
  RESUS_TRY(golden_deleted.start(true));
  KnownPaths in_use(golden), not_in_use(golden_deleted);
  std::optional<std::string> before;
  for (;;) {
    RESUS_TRY(const auto file, evidence.next());
    if (!file) return hw::success();
    if (before == file->path || is_internal(*file)) continue;
    before = file->path;
    RESUS_TRY(const bool had, in_use.has(file->path));
    RESUS_TRY(const bool had_deleted, not_in_use.has(file->path));
    if (had || had_deleted) continue;
    put({.state = "remnant", .path = file->path, .what = {}, .file = *file, .content = {}, .golden = {}});
  }
}

Result<FileFindings> FileComparison::run() {
  RESUS_TRY(auto evidence, FileListing::open(evidence_side_.database, stop_));
  RESUS_TRY(auto golden, FileListing::open(golden_side_.database, stop_));
  RESUS_TRY(auto golden_deleted, FileListing::open(golden_side_.database, stop_));
  RESUS_TRY(merge(evidence, golden));
  RESUS_TRY(remnants(evidence, golden, golden_deleted));
  return std::move(findings_);
}

}  // namespace resus::analysis
