#pragma once
// `resus evidence diff`: what of a disk is not golden, by blocks and by files.
#include <stop_token>
#include <string>

#include "hw/process.hpp"
#include "imaging/golden_image.hpp"
#include "web/analysis/file_comparison.hpp"
#include "web/cli/environment.hpp"

namespace resus::analysis {

struct DiffArguments {
  std::string id;       ///< of the evidence
  std::string against;  ///< golden image, by id or name
  std::string store;
  std::string keys;     ///< file of public keys that are believed; empty: the store's own
  std::string work;     ///< parent of the temporary folder; empty: the system's
  bool blocks_only = false;
};

struct PlantedRange {
  imaging::ByteRange range;  ///< of the disk
  std::string looks_like;
};

/// Ascending. Beyond 100,000 they are counted, not listed: a disk that is nothing but differences must not fill the memory.
struct PlantedRanges {
  std::vector<PlantedRange> listed;
  std::uint64_t omitted = 0;
};

/// One partition of the evidence's disk, or the whole disk where there is no table.
struct RegionDiff {
  imaging::Partition partition;  ///< number 0: the whole disk
  std::string file_system;       ///< as Sleuthkit calls it
  std::string not_compared;      ///< why its files were not, empty if they were or are all the same
  bool same = false;             ///< every block is the golden image's
  FileFindings files;
  PlantedRanges unallocated;              ///< to the sector
  std::uint64_t unallocated_bytes = 0;    ///< of blocks
};

struct DiskDiff {
  explicit DiskDiff(imaging::Subtraction subtracted) : blocks(std::move(subtracted)) {}
  imaging::Subtraction blocks;
  std::string machine;
  std::string golden_id, golden_name;
  std::string table;                   ///< "gpt", "dos", "none", "golden": the disk's own contradicts itself
  std::vector<imaging::ByteRange> outside;  ///< what no partition covers
  PlantedRanges outside_sectors;
  std::vector<RegionDiff> regions;
};

/// Changes nothing in the store and takes no lock. Errors: kNotFound, kEvidenceDamaged and kImageSignature when record
/// or manifest are not signed by a key that is believed, kSpace, kProcess, kRead, kCancelled.
[[nodiscard]] hw::Result<DiskDiff> diff(web::Environment& environment, hw::Processes& processes, const DiffArguments& arguments,
                                        const std::stop_token& stop);

[[nodiscard]] hw::Result<int> evidence_diff(web::Environment& environment, hw::Processes& processes,
                                            const DiffArguments& arguments, const std::stop_token& stop);

}  // namespace resus::analysis
