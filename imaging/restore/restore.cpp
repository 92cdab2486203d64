#include "imaging/restore/restore.hpp"

#include <algorithm>

#include "imaging/restore/child_talk.hpp"
#include "imaging/restore/content_hash.hpp"
#include "imaging/restore/entry_rules.hpp"
#include "imaging/restore/extract.hpp"
#include "imaging/restore/merge.hpp"
#include "imaging/restore/restore_plan.hpp"
#include "imaging/restore/verify.hpp"

namespace resus::imaging {
namespace {

using hw::Code;

constexpr std::uint64_t kChildMemory = 512ULL << 20;
constexpr std::size_t kMaxAccountFile = 8 << 20;

bool usable_id(const std::string& id) {
  return !id.empty() && id.size() <= 64 && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

Result<OwnerNumbers> numbers_in(hw::FileTree& tree, const std::string& path) {
  auto text = tree.read_all(path, kMaxAccountFile);
  if (text) return owner_numbers(text.value());
  if (text.error().code == Code::kNotFound) return OwnerNumbers();  // no system on this volume
  return hw::failure(std::move(text).error());
}

Result<RestorePlan> plan_for(hw::FileTree& tree, const RestoreRequest& request, const BackupManifest& manifest,
                             const std::vector<Exclusion>& exclusions) {
  OwnerNumbers users, groups;
  if (request.owners == OwnerPolicy::kByName && request.kind == TargetKind::kPosix) {
    RESUS_TRY(users, numbers_in(tree, "etc/passwd"));
    RESUS_TRY(groups, numbers_in(tree, "etc/group"));
  }
  return make_plan(manifest, exclusions, request.kind, users, groups);
}

/// One restore from an empty staging directory to its removal.
class Run {
 public:
  Run(hw::Sandbox& sandbox, hw::FileTrees& trees, hw::FileTree& tree, const RestoreRequest& request,
      const BackupManifest& manifest, const RestorePlan& plan, const RestoreWatch& watch)
      : sandbox_(sandbox), trees_(trees), tree_(tree), request_(request), manifest_(manifest), plan_(plan),
        watch_(watch), staging_(".resus-staging-" + request.restore_id) {
    policy_.root = request.root + "/" + staging_;
    policy_.keeps_file_capabilities = true;
    policy_.memory_bytes = kChildMemory;
  }

  Result<void> all(const ByteFeed& feed) {
    RESUS_TRY(tree_.remove_all(staging_));
    RESUS_TRY(tree_.make_directories(staging_));
    auto staged = stage(feed);
    if (!staged) return hw::failure(clean_after(std::move(staged).error()));
    RESUS_TRY(merge_staged(tree_, staging_, request_.directory, plan_,
                           [this](std::uint64_t renames) { return tell(RestoreStage::kMerge, renames, 0); }));
    RESUS_TRY(tree_.sync());
    RESUS_TRY(tree_.remove_all(staging_));
    return tree_.sync();
  }

 private:
  Result<void> stage(const ByteFeed& feed) {
    RESUS_TRY(extract(feed));
    RESUS_TRY(tree_.sync());
    if (request_.drop_device_cache) {
      RESUS_TRY(request_.drop_device_cache());
    }
    return verify();
  }

  Result<void> extract(const ByteFeed& feed) {
    ContentHash whole;
    const ByteFeed counted = [&](std::span<std::byte> buffer) -> Result<std::size_t> {
      RESUS_TRY(const std::size_t got, feed(buffer));
      whole.add(buffer.first(got));
      return got;
    };
    RESUS_TRY(run_child(sandbox_, policy_, counted, hears(RestoreStage::kExtract),
                        [this](hw::SandboxChild& child) { return extract_planned(child, plan_); }));
    if (whole.finish() == manifest_.archive_sha256) return hw::success();
    return hw::fail(Code::kRestoreVerify, "the archive is not the one that was scanned");
  }

  Result<void> verify() {
    const auto work = [this](hw::SandboxChild& child) -> Result<std::string> {
      RESUS_TRY(const auto staged, trees_.open("/"));
      return verify_planned(child, *staged, plan_);
    };
    RESUS_TRY(const auto done, run_child(sandbox_, policy_, {}, hears(RestoreStage::kVerify), work));
    RESUS_TRY(const auto count, numbers_from_child(done, 1));
    if (count.front() == plan_.entries.size()) return hw::success();
    return hw::fail(Code::kRestoreVerify, done + " of " + std::to_string(plan_.entries.size()) + " entries verified");
  }

  std::function<Result<void>(Said, std::string_view)> hears(RestoreStage stage) {
    return [this, stage](Said letter, std::string_view text) -> Result<void> {
      if (letter != Said::kProgress) return hw::fail(Code::kProcess, "the child says what it should not");
      RESUS_TRY(const auto numbers, numbers_from_child(text, 2));
      if (tell(stage, numbers[0], numbers[1])) return hw::success();
      return hw::fail(Code::kCancelled, "stopped");
    };
  }

  bool tell(RestoreStage stage, std::uint64_t entries, std::uint64_t bytes) {
    if (!watch_) return true;
    return watch_({.stage = stage, .entries_done = entries, .entries_total = plan_.entries.size(),
                   .bytes_done = bytes, .bytes_total = plan_.content_bytes});
  }

  /// What is staged is of no use after a failure; after a stop the next run removes it.
  hw::Error clean_after(hw::Error error) {
    if (error.code == Code::kCancelled) return error;
    if (auto removed = tree_.remove_all(staging_); !removed) error.secondary.push_back(removed.error().context);
    return error;
  }

  hw::Sandbox& sandbox_;
  hw::FileTrees& trees_;
  hw::FileTree& tree_;
  const RestoreRequest& request_;
  const BackupManifest& manifest_;
  const RestorePlan& plan_;
  const RestoreWatch& watch_;
  std::string staging_;
  hw::SandboxPolicy policy_;
};

RestoreReport report_of(const RestorePlan& plan, const BackupManifest& manifest, std::vector<Exclusion> of_target) {
  RestoreReport report;
  report.entries_restored = plan.entries.size();
  report.files_restored = static_cast<std::uint64_t>(
      std::count_if(plan.entries.begin(), plan.entries.end(),
                    [](const auto& planned) { return planned.entry->type == EntryType::kFile; }));
  report.bytes_restored = plan.content_bytes;
  report.exclusions = manifest.exclusions;
  report.exclusions.insert(report.exclusions.end(), of_target.begin(), of_target.end());
  return report;
}

}  // namespace

Result<RestoreReport> restore_backup(hw::Sandbox& sandbox, hw::FileTrees& trees, const RestoreRequest& request,
                                     const BackupManifest& manifest, const ByteFeed& feed,
                                     const RestoreWatch& watch) {
  if (!usable_id(request.restore_id)) return hw::fail(Code::kUsage, "restore id " + request.restore_id);
  const auto directory = request.directory.empty() ? std::optional<std::string>("") : clean_path(request.directory);
  if (directory != request.directory) return hw::fail(Code::kUsage, "restore directory " + request.directory);
  RESUS_TRY(check_manifest(manifest));
  RESUS_TRY(const auto tree, trees.open(request.root));
  auto exclusions = target_exclusions(manifest, request.kind);
  RESUS_TRY(const auto plan, plan_for(*tree, request, manifest, exclusions));
  RESUS_TRY(Run(sandbox, trees, *tree, request, manifest, plan, watch).all(feed));
  return report_of(plan, manifest, std::move(exclusions));
}

}  // namespace resus::imaging
