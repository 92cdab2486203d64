#pragma once
// Where two disks differ, to the sector, and what begins there.
#include <stop_token>
#include <string>
#include <vector>

#include "imaging/evidence_reader.hpp"

namespace resus::analysis {

/// Sectors of 512 bytes within the range that hold something on `disk` and something else on `golden`; merged. Behind its end
/// the golden image counts as zeros. Errors: those of the readers, kCancelled.
[[nodiscard]] hw::Result<std::vector<imaging::ByteRange>> differing_sectors(imaging::EvidenceReader& disk, imaging::EvidenceReader& golden,
                                                                            imaging::ByteRange range, const std::stop_token& stop);
/// "Windows program", "ZIP archive": what the first bytes of a range say of a well-known format. Empty otherwise.
[[nodiscard]] hw::Result<std::string> looks_like(imaging::EvidenceReader& disk, imaging::ByteRange range);

}  // namespace resus::analysis
