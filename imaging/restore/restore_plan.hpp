#pragma once
// What one restore is going to do: decided before anything is written.
#include <string_view>
#include <unordered_map>
#include <vector>

#include "imaging/restore/restore.hpp"

namespace resus::imaging {

/// Names to numbers, from the target's etc/passwd or etc/group. Lines that are not of their form are skipped.
using OwnerNumbers = std::unordered_map<std::string, std::uint32_t>;
[[nodiscard]] OwnerNumbers owner_numbers(std::string_view passwd_or_group);

struct PlannedEntry {
  const BackupEntry* entry = nullptr;
  std::uint32_t uid = 0, gid = 0;  ///< on the target
};

/// Entries in archive order. The manifest must outlive it.
struct RestorePlan {
  TargetKind kind = TargetKind::kPosix;
  std::vector<PlannedEntry> entries;
  std::uint64_t content_bytes = 0;
};
[[nodiscard]] RestorePlan make_plan(const BackupManifest& manifest, const std::vector<Exclusion>& target_exclusions,
                                    TargetKind kind, const OwnerNumbers& users, const OwnerNumbers& groups);

}  // namespace resus::imaging
