#include "web/depot/backup_scan.hpp"

#include <boost/json.hpp>

#include "hw/plain_text.hpp"

namespace resus::depot {
namespace {

namespace json = boost::json;
using imaging::BackupManifest;
using imaging::Verdict;

/// A custody line takes 256 KiB: a long list is cut, its length stands beside it.
constexpr std::size_t kMostPathsInALine = 200;
constexpr std::size_t kMostPathBytes = 512;

json::object scan_object(const BackupManifest& manifest) {
  json::array scanners;
  for (const auto& it : manifest.scan.scanners) {
    scanners.emplace_back(json::object{{"name", it.name}, {"version", it.version}, {"rules", it.rules}});
  }
  return {{"verdict", to_string(verdict_of(manifest))},
          {"scanners", std::move(scanners)},
          {"time", manifest.scan.time},
          {"infected", malware_exclusions(manifest).size()}};
}

imaging::CustodyEvent line_for(const ScanOrder& order, const BackupInfo& info, const BackupManifest& before,
                               const BackupManifest& after, const std::vector<std::string>& cleared) {
  json::array paths;
  for (const auto& path : cleared) {
    if (paths.size() >= kMostPathsInALine) break;
    paths.emplace_back(hw::shown_text(path.substr(0, kMostPathBytes)));
  }
  return {.actor = order.actor, .machine = {}, .action = cleared.empty() ? "backup.scan" : "backup.cleared",
          .reason = order.reason,
          .details = json::serialize(json::object{{"backup", info.id}, {"name", info.name}, {"before", scan_object(before)},
                                                  {"after", scan_object(after)}, {"cleared", cleared.size()},
                                                  {"cleared_paths", std::move(paths)}})};
}

bool is_blank(const std::string& text) { return text.find_first_not_of(" \t\r\n") == std::string::npos; }

}  // namespace

Result<void> may_replace(const BackupManifest& before, const BackupManifest& after, const std::string& reason) {
  if (verdict_of(after) == Verdict::kUnscanned && verdict_of(before) != Verdict::kUnscanned) {
    return hw::fail(hw::Code::kProcess, after.scan.why_not + "; the verdict of " + before.scan.time + " stands");
  }
  const auto cleared = cleared_by(after, before);
  if (cleared.empty() || !is_blank(reason)) return hw::success();
  return hw::fail(hw::Code::kScanWeaker, std::to_string(cleared.size()) + " infected files would be cleared, the first is " +
                                             hw::shown_text(cleared.front()));
}

Result<RescanOutcome> scan_again(BackupShelf& shelf, const ScanOrder& order, const ShelfTools& tools,
                                 std::span<const imaging::PublicKey> trusted,
                                 const std::function<Result<void>(const imaging::CustodyEvent&)>& note,
                                 const imaging::ScanWatch& watch) {
  RESUS_TRY(const auto info, shelf.find(order.backup));
  RESUS_TRY(const auto before, shelf.manifest(info.id, trusted));
  RESUS_TRY(const auto after, shelf.scan(info.id, before, tools, watch));
  RESUS_TRY(may_replace(before, after, order.reason));
  RescanOutcome outcome{.info = info, .cleared = cleared_by(after, before)};
  RESUS_TRY(note(line_for(order, info, before, after, outcome.cleared)));
  RESUS_TRY(outcome.info, shelf.replace_manifest(info, after, tools.key));
  return outcome;
}

}  // namespace resus::depot
