#include "imaging/restore/verify.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <unordered_set>

#include "imaging/restore/content_hash.hpp"
#include "imaging/restore/member.hpp"
#include "imaging/restore/progress_words.hpp"

namespace resus::imaging {
namespace {

using hw::Code;

constexpr std::uint32_t kNtfsTick = 100;  ///< nanoseconds

struct FreeReader {
  void operator()(archive* a) const { archive_read_free(a); }
};
struct FreeEntry {
  void operator()(archive_entry* e) const { archive_entry_free(e); }
};

hw::NodeType node_type(EntryType type) {
  if (type == EntryType::kDirectory) return hw::NodeType::kDirectory;
  return type == EntryType::kSymlink ? hw::NodeType::kSymlink : hw::NodeType::kFile;
}

class Verification {
 public:
  Verification(hw::SandboxChild& child, hw::FileTree& staged, const RestorePlan& plan)
      : staged_(staged), plan_(plan), words_(child), disk_(archive_read_disk_new()), found_(archive_entry_new()) {
    if (!disk_ || !found_) throw std::bad_alloc();
    archive_read_disk_set_symlink_physical(disk_.get());
    archive_read_disk_set_behavior(disk_.get(), ARCHIVE_READDISK_NO_FFLAGS | ARCHIVE_READDISK_NO_SPARSE);
    for (const auto& planned : plan.entries) expect(planned);
  }

  Result<std::string> run() {
    RESUS_TRY(walk(""));
    if (agreed_ == plan_.entries.size()) return std::to_string(agreed_);
    return wrong("", std::to_string(plan_.entries.size() - agreed_) + " entries are missing");
  }

 private:
  void expect(const PlannedEntry& planned) {
    const auto& path = planned.entry->path;
    expected_.emplace(path, &planned);
    for (auto slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
      implied_.insert(std::string_view(path).substr(0, slash));
    }
  }

  Result<void> walk(const std::string& directory) {
    RESUS_TRY(const auto names, staged_.list(directory));
    for (const auto& name : names) {
      const std::string path = directory.empty() ? name : directory + "/" + name;
      RESUS_TRY(const auto node, staged_.look(path));
      if (!node) return wrong(path, "it vanished");
      RESUS_TRY(check(path, *node));
      if (node->type == hw::NodeType::kDirectory) {
        RESUS_TRY(walk(path));
      }
    }
    return hw::success();
  }

  Result<void> check(const std::string& path, const hw::Node& node) {
    if ((node.mode & 06000) != 0 && node.type != hw::NodeType::kSymlink) return wrong(path, "setuid or setgid bit");
    const auto found = expected_.find(path);
    if (found == expected_.end()) {
      if (implied_.contains(path) && node.type == hw::NodeType::kDirectory) return hw::success();
      return wrong(path, "it is not in the manifest");
    }
    const auto& planned = *found->second;
    if (node.type != node_type(planned.entry->type)) return wrong(path, "kind");
    if (planned.entry->type == EntryType::kHardlink) {
      RESUS_TRY(same_inode(*planned.entry, node));
    } else {
      RESUS_TRY(metadata(planned, node));
    }
    if (planned.entry->type == EntryType::kFile) {
      RESUS_TRY(content(*planned.entry, node));
    }
    ++agreed_;
    return words_.entry_done(planned.entry->size_bytes);
  }

  Result<void> same_inode(const BackupEntry& entry, const hw::Node& node) {
    RESUS_TRY(const auto target, staged_.look(entry.link_target));
    if (!target || target->inode != node.inode) return wrong(entry.path, "hard link");
    return hw::success();
  }

  Result<void> content(const BackupEntry& entry, const hw::Node& node) {
    if (node.size_bytes != entry.size_bytes) return wrong(entry.path, "size");
    Result<void> said = hw::success();
    RESUS_TRY(staged_.read(entry.path, [&](std::span<const std::byte> piece) {
      hash_.add(piece);
      if (said) said = words_.bytes_done(piece.size());
    }));
    RESUS_TRY(std::move(said));
    if (hash_.finish() != entry.sha256) return wrong(entry.path, "content");
    return hw::success();
  }

  Result<void> metadata(const PlannedEntry& planned, const hw::Node& node) {
    const auto& entry = *planned.entry;
    const bool posix = plan_.kind == TargetKind::kPosix;
    const std::uint32_t tick = posix ? 1 : kNtfsTick;
    if (node.mtime_s != entry.mtime_s || node.mtime_ns / tick != entry.mtime_ns / tick) return wrong(entry.path, "time");
    if (posix && (node.uid != planned.uid || node.gid != planned.gid)) return wrong(entry.path, "owner");
    archive_entry_clear(found_.get());
    archive_entry_copy_pathname(found_.get(), entry.path.c_str());
    if (archive_read_disk_entry_from_file(disk_.get(), found_.get(), -1, nullptr) < ARCHIVE_WARN) {
      return hw::fail(Code::kRead, entry.path + ": " + archive_error_string(disk_.get()));
    }
    if (entry.type == EntryType::kSymlink) {
      const char* target = archive_entry_symlink(found_.get());
      if (target == nullptr || entry.link_target != target) return wrong(entry.path, "link target");
      return hw::success();
    }
    // libarchive puts the owning group's own rights into the mode where there is an access list.
    if (posix && (archive_entry_perm(found_.get()) & 07777U) != entry.mode) return wrong(entry.path, "mode");
    if (posix && acl_text(found_.get()) != entry.acl) return wrong(entry.path, "access list");
    if (attributes_of(found_.get()) != entry.attributes) return wrong(entry.path, "attributes");
    return hw::success();
  }

  static boost::outcome_v2::failure_type<hw::Error> wrong(const std::string& path, std::string_view what) {
    return hw::fail(Code::kRestoreVerify, "what was written differs from the manifest: " + path + ": " +
                                              std::string(what));
  }

  hw::FileTree& staged_;
  const RestorePlan& plan_;
  ProgressWords words_;
  std::unique_ptr<archive, FreeReader> disk_;
  std::unique_ptr<archive_entry, FreeEntry> found_;
  std::unordered_map<std::string_view, const PlannedEntry*> expected_;
  std::unordered_set<std::string_view> implied_;
  ContentHash hash_;
  std::uint64_t agreed_ = 0;
};

}  // namespace

Result<std::string> verify_planned(hw::SandboxChild& child, hw::FileTree& staged, const RestorePlan& plan) {
  return Verification(child, staged, plan).run();
}

}  // namespace resus::imaging
