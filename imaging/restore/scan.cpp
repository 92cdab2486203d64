#include "imaging/restore/scan.hpp"

#include <archive_entry.h>

#include "imaging/restore/archive_reader.hpp"
#include "imaging/restore/child_talk.hpp"
#include "imaging/restore/content_hash.hpp"
#include "imaging/restore/entry_rules.hpp"
#include "imaging/restore/manifest_lines.hpp"
#include "imaging/restore/member.hpp"
#include "imaging/restore/scan_members.hpp"

namespace resus::imaging {
namespace {

using hw::Code;

/// Twice as many exclusions as entries: a flood of them is an attack like any other.
constexpr std::uint64_t kExclusionsAnEntry = 2;
constexpr std::uint64_t kReaderMemory = 512ULL << 20;

Result<std::string> scan_in_child(hw::SandboxChild& child, const ArchiveLimits& limits) {
  const ScanSink sink{
      .entry = [&](const BackupEntry& entry) { return say(child, Said::kEntry, entry_line(entry)); },
      .exclusion = [&](const Exclusion& it) { return say(child, Said::kExclusion, exclusion_line(it)); }};
  RESUS_TRY(const auto totals, scan_members(feed_of(child), limits, sink));
  return totals.format + " " + totals.filter + " " + std::to_string(totals.entry_count);
}

/// Collects what the child says; believes nothing that check_manifest() would not.
class Collector {
 public:
  explicit Collector(const ArchiveLimits& limits) : limits_(limits) {}

  Result<void> hear(Said letter, std::string_view text) {
    constexpr std::string_view kWhere = "archive reader";
    if (letter == Said::kEntry) {
      RESUS_TRY(auto entry, entry_from_line(text, kWhere));
      manifest_.entries.push_back(std::move(entry));
    } else if (letter == Said::kExclusion) {
      RESUS_TRY(auto exclusion, exclusion_from_line(text, kWhere));
      manifest_.exclusions.push_back(std::move(exclusion));
    } else {
      return hw::fail(Code::kProcess, "the archive reader says what it should not");
    }
    if (manifest_.entries.size() > limits_.entries ||
        manifest_.exclusions.size() > limits_.entries * kExclusionsAnEntry) {
      return hw::fail(Code::kArchiveLimit, "more than " + std::to_string(limits_.entries) + " entries");
    }
    return hw::success();
  }

  Result<BackupManifest> finish(std::string_view done) {
    const auto first = done.find(' ');
    const auto second = done.find(' ', first + 1);
    if (second == std::string_view::npos) return hw::fail(Code::kProcess, "the archive reader says what it should not");
    manifest_.format = done.substr(0, first);
    manifest_.filter = done.substr(first + 1, second - first - 1);
    RESUS_TRY(const auto count, numbers_from_child(done.substr(second + 1), 1));
    manifest_.entry_count = count.front();
    drop_superseded(manifest_);
    for (const auto& entry : manifest_.entries) manifest_.content_bytes += entry.size_bytes;
    RESUS_TRY(check_manifest(manifest_));
    return std::move(manifest_);
  }

 private:
  ArchiveLimits limits_;
  BackupManifest manifest_;
};

}  // namespace

Result<BackupManifest> scan_backup(hw::Sandbox& sandbox, const ByteFeed& feed, const ArchiveLimits& limits) {
  ContentHash whole;
  std::uint64_t bytes = 0;
  const ByteFeed counted = [&](std::span<std::byte> buffer) -> Result<std::size_t> {
    RESUS_TRY(const std::size_t got, feed(buffer));
    whole.add(buffer.first(got));
    bytes += got;
    return got;
  };
  Collector collector(limits);
  const hw::SandboxPolicy policy{.root = "", .memory_bytes = kReaderMemory};
  RESUS_TRY(const auto done,
            run_child(sandbox, policy, counted,
                      [&](Said letter, std::string_view text) { return collector.hear(letter, text); },
                      [&](hw::SandboxChild& child) { return scan_in_child(child, limits); }));
  RESUS_TRY(auto manifest, collector.finish(done));
  manifest.archive_bytes = bytes;
  manifest.archive_sha256 = whole.finish();
  return manifest;
}

}  // namespace resus::imaging
