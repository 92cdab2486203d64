// Backup archives and the manifests made of them. The scan runs without its sandbox here.
#include <algorithm>
#include <cstdint>
#include <cstring>

#include "imaging/restore/entry_rules.hpp"
#include "imaging/restore/scan_members.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace resus;
  std::size_t at = 0;
  const imaging::ByteFeed feed = [&](std::span<std::byte> out) -> imaging::Result<std::size_t> {
    const std::size_t piece = std::min(out.size(), size - at);
    std::memcpy(out.data(), data + at, piece);
    at += piece;
    return piece;
  };
  imaging::BackupManifest manifest;
  const imaging::ScanSink sink{
      .entry = [&](const auto& it) -> imaging::Result<void> { manifest.entries.push_back(it); return hw::success(); },
      .exclusion = [&](const auto& it) -> imaging::Result<void> {
        manifest.exclusions.push_back(it);
        return hw::success();
      }};
  const auto totals = imaging::scan_members(feed, {.entries = 1000, .content_bytes = 1 << 20}, sink);
  if (!totals) return 0;
  manifest.entry_count = totals.value().entry_count;
  imaging::drop_superseded(manifest);
  for (const auto& entry : manifest.entries) manifest.content_bytes += entry.size_bytes;
  // What a scan admits no reader may refuse, or the backup could not be restored.
  const auto lines = imaging::to_json_lines(manifest);
  const auto again = imaging::backup_manifest_from_json_lines(lines);
  if (!again || imaging::to_json_lines(again.value()) != lines) __builtin_trap();
  return 0;
}
