#pragma once
// What an E01 file has no place for. imaging/FORMAT.md section 15.
#include "imaging/labs/e01_format.hpp"
#include "imaging/record.hpp"

namespace resus::imaging {

struct SideFile {
  std::string evidence_id;
  const Record& record;
  std::span<const UnreadableRange> unreadable;  ///< all of them, from the map
  const e01::Geometry& geometry;
  const e01::CaseData& data;
  const e01::Hashes& hashes;
  std::vector<std::string> segments;            ///< names, without folder, in order
  std::string record_file;                      ///< name of the signed record beside it
  std::string tool;
  std::string written_at;                       ///< RFC 3339
};
[[nodiscard]] std::string to_json(const SideFile& side);
/// "medium", "timeout", "device_gone".
[[nodiscard]] const char* name_of(ReadCause cause);
/// [{offset_bytes, length_bytes, cause}]
[[nodiscard]] std::string unreadable_json(std::span<const UnreadableRange> ranges);

/// The case data as far as the record knows it: disk, times, set id; and the SHA-256 behind the notes given, because lab
/// tools show notes and have no place for it.
[[nodiscard]] e01::CaseData case_from_record(e01::CaseData given, const std::string& evidence_id, const Record& record);
/// Of the disk that was copied; 512 where the record does not say.
[[nodiscard]] std::uint32_t sector_bytes_of(const Record& record);

}  // namespace resus::imaging
