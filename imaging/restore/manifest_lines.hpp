#pragma once
// Single lines of a backup manifest, as the scanning child says them too. imaging/FORMAT.md section 12.
#include <string>
#include <string_view>

#include "imaging/restore/backup_manifest.hpp"

namespace resus::imaging {

[[nodiscard]] std::string entry_line(const BackupEntry& entry);
[[nodiscard]] std::string exclusion_line(const Exclusion& exclusion);
/// `where` stands in front of error texts. Errors: kBadInput.
[[nodiscard]] Result<BackupEntry> entry_from_line(std::string_view text, std::string_view where);
[[nodiscard]] Result<Exclusion> exclusion_from_line(std::string_view text, std::string_view where);

}  // namespace resus::imaging
