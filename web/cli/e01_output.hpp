#pragma once
// `resus evidence export --format e01`, wherever the disk's bytes come from.
#include "web/cli/evidence_commands.hpp"

namespace resus::web {

/// What goes into and beside an E01 set, besides the disk's bytes.
struct E01Source {
  imaging::EvidenceInfo evidence;
  std::vector<imaging::UnreadableRange> unreadable;  ///< all of them
  std::string envelope;                              ///< the signed record
};
/// `produce(HashedOutput&)` gives the bytes. The files get their names only when length and SHA-256 are the record's.
/// Errors: kUsage (name, segments, a size the format cannot hold), kConflict, kSpace, kEvidenceDamaged, kCancelled,
/// those of `produce`: nothing of the set stays.
[[nodiscard]] hw::Result<int> export_e01(Environment& environment, const ExportArguments& arguments, const E01Source& source,
                                         const std::stop_token& stop,
                                         const std::function<hw::Result<void>(HashedOutput&)>& produce);

}  // namespace resus::web
