#pragma once
// The pieces an E01 file (EWF-E01, as EnCase 6 writes it) is made of, as bytes. imaging/FORMAT.md section 15.
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "imaging/disk_map.hpp"

namespace resus::imaging::e01 {

inline constexpr std::size_t kSegmentHeaderBytes = 13;
inline constexpr std::size_t kSectionHeaderBytes = 76;
inline constexpr std::size_t kVolumeBytes = 1052;
/// More entries make older readers refuse the table.
inline constexpr std::size_t kMaxTableEntries = 16'375;
/// Names end at .ZZZ: 99 numbers and 22 × 26 × 26 triples from .EAA on.
inline constexpr std::uint32_t kMaxSegments = 99 + 22 * 26 * 26;

enum class Compression : std::uint8_t { kNone = 0, kFast = 1, kBest = 2 };
/// "none", "fast", "best".
[[nodiscard]] std::string_view name_of(Compression compression);
/// Errors: kUsage for any other name.
[[nodiscard]] Result<Compression> compression_of(std::string_view name);

/// How a disk is divided. Units: bytes, sectors of `sector_bytes`, chunks.
struct Geometry {
  std::uint64_t disk_bytes = 0;
  std::uint32_t sector_bytes = 512;
  std::uint32_t chunk_sectors = 64;
  [[nodiscard]] std::uint32_t chunk_bytes() const { return sector_bytes * chunk_sectors; }
  [[nodiscard]] std::uint64_t sectors() const { return disk_bytes / sector_bytes; }
  [[nodiscard]] std::uint64_t chunks() const { return (disk_bytes + chunk_bytes() - 1) / chunk_bytes(); }
};
/// The smallest chunk of 32 KiB to 256 KiB with which there are fewer than 2^27 of them: that is what libewf 20140813 reads;
/// X-Ways reads no larger one. `sector_bytes` that do not divide the disk are replaced by 512.
/// Errors: kUsage when the disk is empty, no multiple of 512 bytes, or has more chunks than the format can count.
[[nodiscard]] Result<Geometry> geometry_of(std::uint64_t disk_bytes, std::uint32_t sector_bytes);

/// What the file says of itself. Texts are UTF-8; control characters become spaces.
struct CaseData {
  std::string case_number, evidence_number, description, examiner, notes;
  std::string model, serial;
  std::string program;             ///< at most 11 characters are written: EnCase complains about more
  std::int64_t acquired_at = 0;    ///< seconds since 1970, UTC
  std::int64_t written_at = 0;     ///< as acquired_at
  bool removable = false;
  Compression compression = Compression::kFast;
  std::array<std::uint8_t, 16> set_id{};  ///< the same in every segment
};

/// Of the whole content.
struct Hashes {
  std::string md5, sha1;  ///< hex
};

/// ".E01" … ".E99", ".EAA" … ".ZZZ". @pre 1 ≤ segment ≤ kMaxSegments
[[nodiscard]] std::string extension_of(std::uint32_t segment);

[[nodiscard]] std::string segment_header(std::uint16_t segment);
/// `at`: where the section begins in its file; `payload_bytes` follow it. `last`: "next" and "done", which point to themselves.
[[nodiscard]] std::string section_header(std::string_view type, std::uint64_t at, std::uint64_t payload_bytes, bool last = false);
/// Payloads, zlib-compressed: tag lines in UTF-16, and in ASCII for older readers.
[[nodiscard]] std::string header2_payload(const CaseData& data);
[[nodiscard]] std::string header_payload(const CaseData& data);
/// Payload of "volume" and "data".
[[nodiscard]] std::string volume_payload(const Geometry& geometry, const CaseData& data);
/// Payload of "table" and "table2": where each chunk begins, relative to `base`, its top bit set when it is compressed.
[[nodiscard]] std::string table_payload(std::uint64_t base, std::span<const std::uint32_t> entries);
/// Payload of "error2" with what the format can name: sectors below 2^32. Empty when that is nothing.
[[nodiscard]] std::string error2_payload(const Geometry& geometry, std::span<const UnreadableRange> ranges);
/// Errors: kInternal unless these are 32 and 40 hex digits.
[[nodiscard]] Result<std::string> digest_payload(const Hashes& hashes);
[[nodiscard]] Result<std::string> hash_payload(const Hashes& hashes);

[[nodiscard]] std::uint32_t adler32(std::string_view bytes);

}  // namespace resus::imaging::e01
