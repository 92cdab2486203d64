#pragma once
// Single lines of a backup manifest, as the scanning child says them too. imaging/FORMAT.md section 12.
#include <boost/json/fwd.hpp>
#include <string>
#include <string_view>

#include "imaging/restore/backup_manifest.hpp"

namespace resus::imaging {

[[nodiscard]] std::string entry_line(const BackupEntry& entry);
[[nodiscard]] std::string exclusion_line(const Exclusion& exclusion);
[[nodiscard]] std::string finding_line(const Finding& finding);
/// `where` stands in front of error texts. Errors: kBadInput.
[[nodiscard]] Result<BackupEntry> entry_from_line(std::string_view text, std::string_view where);
[[nodiscard]] Result<Exclusion> exclusion_from_line(std::string_view text, std::string_view where);
[[nodiscard]] Result<Finding> finding_from_line(std::string_view text, std::string_view where);

/// What a head says of the scan; whether the verdict is true is known when the findings were read.
struct SaidScan {
  std::string verdict;
  MalwareScan scan;
};
[[nodiscard]] boost::json::object scan_to_json(const BackupManifest& manifest);
/// Errors: kBadInput.
[[nodiscard]] Result<SaidScan> scan_from_json(const boost::json::value* value, const std::string& where);

}  // namespace resus::imaging
