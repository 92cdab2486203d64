#include "imaging/restore/restore_plan.hpp"

#include <charconv>
#include <optional>
#include <string>
#include <unordered_set>

#include "imaging/restore/windows_names.hpp"

namespace resus::imaging {
namespace {

/// Judges entries in order for a volume that Windows will read.
class WindowsRules {
 public:
  std::optional<std::string> refuse(const BackupEntry& entry) {
    for (std::size_t at = 0; at < entry.path.size();) {
      const std::size_t end = std::min(entry.path.find('/', at), entry.path.size());
      if (auto reason = windows_refuses(std::string_view(entry.path).substr(at, end - at))) return reason;
      const std::string prefix = entry.path.substr(0, end);
      const auto [known, added] = spelled_.try_emplace(windows_fold(prefix), prefix);
      if (!added && known->second != prefix) return "Windows takes it and " + known->second + " for the same name";
      at = end + 1;
    }
    if (entry.type == EntryType::kHardlink && refused_.contains(entry.link_target)) {
      return "a hard link to a file that cannot be restored here";
    }
    return std::nullopt;
  }
  void note_refused(const std::string& path) { refused_.insert(path); }

 private:
  std::unordered_map<std::string, std::string> spelled_;  ///< folded prefix → as first seen
  std::unordered_set<std::string> refused_;
};

std::uint32_t number_for(const OwnerNumbers& numbers, const std::string& name, std::uint64_t fallback) {
  const auto found = numbers.find(name);
  return found != numbers.end() ? found->second : static_cast<std::uint32_t>(fallback);
}

}  // namespace

std::vector<Exclusion> target_exclusions(const BackupManifest& manifest, TargetKind kind) {
  auto exclusions = malware_exclusions(manifest);
  if (kind == TargetKind::kPosix) return exclusions;
  std::unordered_set<std::uint64_t> infected;
  for (const auto& exclusion : exclusions) infected.insert(exclusion.index);
  WindowsRules rules;
  for (const auto& entry : manifest.entries) {
    if (infected.contains(entry.index)) continue;
    auto reason = rules.refuse(entry);
    if (!reason) continue;
    rules.note_refused(entry.path);
    exclusions.push_back({.index = entry.index, .path = entry.path, .reason = std::move(*reason)});
  }
  return exclusions;
}

OwnerNumbers owner_numbers(std::string_view text) {
  OwnerNumbers numbers;
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const auto name_end = line.find(':');
    const auto word_end = name_end == std::string_view::npos ? name_end : line.find(':', name_end + 1);
    if (word_end == std::string_view::npos) continue;
    const auto number = line.substr(word_end + 1, line.find(':', word_end + 1) - word_end - 1);
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
    if (error != std::errc() || end != number.data() + number.size() || number.empty()) continue;
    numbers.try_emplace(std::string(line.substr(0, name_end)), value);
  }
  return numbers;
}

RestorePlan make_plan(const BackupManifest& manifest, const std::vector<Exclusion>& target_exclusions,
                      TargetKind kind, const OwnerNumbers& users, const OwnerNumbers& groups) {
  RestorePlan plan{.kind = kind, .entries = {}};
  std::unordered_set<std::uint64_t> left_out;
  for (const auto& exclusion : target_exclusions) left_out.insert(exclusion.index);
  for (const auto& entry : manifest.entries) {
    if (left_out.contains(entry.index)) continue;
    plan.entries.push_back({.entry = &entry, .uid = number_for(users, entry.owner, entry.uid),
                            .gid = number_for(groups, entry.group, entry.gid)});
    plan.content_bytes += entry.size_bytes;
  }
  return plan;
}

}  // namespace resus::imaging
