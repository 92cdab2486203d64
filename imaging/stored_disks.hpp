#pragma once
// Every disk a store holds: evidence and golden images, with their maps.
#include <functional>
#include <string>
#include <vector>

#include "imaging/evidence_reader.hpp"

namespace resus::imaging {

struct StoredDisk {
  bool golden = false;
  std::string id;           ///< of the evidence or the golden image
  std::string name;         ///< of the golden image
  std::string machine;      ///< of the evidence; empty on a workbench
  std::string device_json;  ///< of the evidence: the disk's identity, an object
  std::uint64_t disk_bytes = 0;
};

/// A damaged frame's, or a damaged map's, meaning for one disk.
struct AffectedDisk {
  StoredDisk disk;
  std::vector<ByteRange> ranges;  ///< ascending, merged; the whole disk where its map is damaged
  std::string map_problem;        ///< empty when the map is whole
};

/// Result of reading a whole store again.
struct ScrubReport : VerifyReport {
  std::vector<AffectedDisk> affected;
};

class StoreParts;
/// Called for every golden image and all evidence; a map that cannot be read is handed over as the error.
using TakeDisk = std::function<Result<void>(const StoredDisk&, const Result<DiskMap>&)>;
/// Errors: what `take` returns. Threads: any.
[[nodiscard]] Result<void> each_disk(const StoreParts& parts, const TakeDisk& take);

}  // namespace resus::imaging
