#include "imaging/restore/merge.hpp"

#include <unordered_set>

#include "imaging/restore/windows_names.hpp"

namespace resus::imaging {
namespace {

using hw::Code;

std::string join(const std::string& directory, const std::string& name) {
  return directory.empty() ? name : directory + "/" + name;
}

class Merge {
 public:
  Merge(hw::FileTree& tree, const RestorePlan& plan, const std::function<bool(std::uint64_t)>& moved)
      : tree_(tree), kind_(plan.kind), moved_(moved) {
    for (const auto& planned : plan.entries) {
      if (planned.entry->type == EntryType::kDirectory) named_.insert(planned.entry->path);
    }
  }

  /// `path` is that of the archive: it says whether the archive spoke of this directory itself.
  Result<void> children(const std::string& from, const std::string& to, const std::string& path) {
    RESUS_TRY(const auto names, tree_.list(from));
    RESUS_TRY(const auto spelled, existing_names(to));
    for (const auto& name : names) {
      const auto known = spelled.find(windows_fold(name));
      const std::string target = join(to, known != spelled.end() ? known->second : name);
      RESUS_TRY(one(join(from, name), target, join(path, name)));
    }
    return hw::success();
  }

 private:
  /// Windows finds a file under any spelling: an existing one is kept. Elsewhere empty.
  Result<std::unordered_map<std::string, std::string>> existing_names(const std::string& directory) {
    std::unordered_map<std::string, std::string> spelled;
    if (kind_ != TargetKind::kNtfs) return spelled;
    RESUS_TRY(const auto names, tree_.list(directory));
    for (const auto& name : names) spelled.emplace(windows_fold(name), name);
    return spelled;
  }

  Result<void> one(const std::string& from, const std::string& to, const std::string& path) {
    RESUS_TRY(const auto staged, tree_.look(from));
    RESUS_TRY(const auto present, tree_.look(to));
    if (!staged) return hw::fail(Code::kRestoreVerify, from + " vanished");
    const bool directory = staged->type == hw::NodeType::kDirectory;
    if (present && directory != (present->type == hw::NodeType::kDirectory)) {
      return hw::fail(Code::kConflict, to + " is " + (directory ? "a directory" : "a file") +
                                           " in the backup and something else on the target");
    }
    if (present && directory) {
      RESUS_TRY(children(from, to, path));
      if (named_.contains(path)) {
        RESUS_TRY(tree_.copy_directory_metadata(from, to));
        // As it was before its children were moved out: that has changed it in `from`.
        RESUS_TRY(tree_.set_mtime(to, staged->mtime_s, staged->mtime_ns));
      }
      return hw::success();
    }
    RESUS_TRY(tree_.rename(from, to));
    if (moved_ && !moved_(++renames_)) return hw::fail(Code::kCancelled, "stopped while files were put in place");
    return hw::success();
  }

  hw::FileTree& tree_;
  TargetKind kind_;
  const std::function<bool(std::uint64_t)>& moved_;
  std::unordered_set<std::string> named_;
  std::uint64_t renames_ = 0;
};

}  // namespace

Result<void> merge_staged(hw::FileTree& tree, const std::string& staging, const std::string& directory,
                          const RestorePlan& plan, const std::function<bool(std::uint64_t)>& moved) {
  if (!directory.empty()) {
    RESUS_TRY(tree.make_directories(directory));
  }
  return Merge(tree, plan, moved).children(staging, directory, "");
}

}  // namespace resus::imaging
