#pragma once
// What of a disk is not golden, by blocks and by files; on the command line and in a running depot alike.
#include <functional>
#include <stop_token>
#include <string>

#include "hw/process.hpp"
#include "imaging/store.hpp"
#include "web/analysis/file_comparison.hpp"
#include "web/analysis/work_folder.hpp"

namespace resus::analysis {

struct DiffQuestion {
  std::string id;       ///< of the evidence
  std::string against;  ///< golden image, by id or name
  bool blocks_only = false;
};

/// Bounds what a disk that is nothing but differences costs. What is beyond them is counted, not listed.
struct DiffLimits {
  std::size_t ranges = 100'000;                 ///< in one list
  std::uint64_t ranges_in_all = UINT64_MAX;
  std::uint64_t file_bytes = UINT64_MAX;        ///< of memory, for the files that are named, all partitions together
};

/// Everything outlives the call.
struct DiffTools {
  hw::FileSystem& files;
  hw::Processes& processes;
  const imaging::Store& store;
  std::vector<imaging::PublicKey> trusted;      ///< who may have signed record and manifest
  WorkPlace work;
  DiffLimits limits = {};
  /// What is being done, in words. Threads: the caller's.
  std::function<void(const std::string&)> on_step = [](const std::string&) {};
  /// Bytes of file systems that Sleuthkit has to see. Threads: two.
  imaging::OnProgress on_progress = [](const imaging::Progress&) {};
};

struct PlantedRange {
  imaging::ByteRange range;  ///< of the disk
  std::string looks_like;
};

/// Ascending.
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
[[nodiscard]] Result<DiskDiff> diff(const DiffTools& tools, const DiffQuestion& question, const std::stop_token& stop);

}  // namespace resus::analysis
