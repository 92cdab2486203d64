#pragma once
// Between libarchive's entries and ours.
#include "imaging/restore/backup_manifest.hpp"
#include "imaging/restore/entry_rules.hpp"

struct archive_entry;

namespace resus::imaging {

[[nodiscard]] MemberFacts facts_of(archive_entry* member, std::uint64_t index);
/// The entry for the manifest, without the content's digest. Parts of the member that will not be restored are
/// taken out of it and noted in `exclusions`: privileged attributes, flags, NFSv4 ACLs.
[[nodiscard]] BackupEntry describe(archive_entry* member, const EntryRules::Verdict& verdict, const MemberFacts& facts,
                                   std::vector<Exclusion>& exclusions);
/// Extended ACL entries in one canonical text; empty when the mode says it all. Names are not in it, only numbers.
[[nodiscard]] std::string acl_text(archive_entry* member);
/// user.* attributes, sorted by name.
[[nodiscard]] std::vector<EntryAttribute> attributes_of(archive_entry* member);

}  // namespace resus::imaging
