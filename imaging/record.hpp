#pragma once
// The signed record of one piece of evidence. imaging/FORMAT.md section 6.
#include <string>
#include <string_view>
#include <vector>

#include "imaging/disk_map.hpp"
#include "imaging/evidence_sink.hpp"

namespace resus::imaging {

/// What only the caller of an acquisition knows.
struct RecordContext {
  std::string machine_id;  ///< empty on a workbench
  std::string attempt;     ///< empty on a workbench
  std::string incident;
  std::string operator_name;
  std::string tool;        ///< build of the program that acquired
};

/// The signed payload.
struct Record {
  RecordContext context;
  std::string device_json = "{}";  ///< AcquisitionSummary::device_json, an object
  std::uint64_t disk_bytes = 0;
  TreeRoot root;
  Digest sha256;                   ///< linear, unreadable bytes as zeros
  std::string md5, sha1;           ///< hex; not recomputed by the store
  Digest map_sha256;               ///< SHA-256 of the encoded disk map
  std::uint64_t bytes_read = 0;
  std::uint64_t bytes_added = 0;
  std::uint64_t bytes_known = 0;
  std::uint64_t unreadable_bytes = 0;
  std::uint64_t unreadable_count = 0;
  std::vector<UnreadableRange> unreadable;  ///< the first 1024; all of them stand in the map
  std::string started_at, copied_at, verified_at;  ///< RFC 3339
  double seconds = 0;              ///< as the acquiring side measured
};
[[nodiscard]] std::string to_json(const Record& record);
/// Errors: kBadInput, naming the field.
[[nodiscard]] Result<Record> record_from_json(std::string_view json);
/// "ev-" + first 16 hex digits of SHA-256(payload).
[[nodiscard]] std::string evidence_id(std::string_view payload);

}  // namespace resus::imaging
