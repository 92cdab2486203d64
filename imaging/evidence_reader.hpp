#pragma once
// Reading evidence back: byte ranges, the whole disk, and what is damaged.
#include <memory>
#include <string>
#include <vector>

#include "imaging/disk_map.hpp"

namespace resus::imaging {

struct ByteRange {
  std::uint64_t offset_bytes = 0;
  std::uint64_t length_bytes = 0;
  auto operator<=>(const ByteRange&) const = default;
};

/// Takes a raw disk in order. Threads: one.
class RawSink {
 public:
  virtual ~RawSink() = default;
  [[nodiscard]] virtual Result<void> write(std::span<const std::byte> bytes) = 0;
  /// Blocks that nobody has compared with their ids yet, at most a segment: write() gets them when all of them are right.
  /// For sinks that hash anyhow and do both in one pass. Errors: kEvidenceDamaged, those of write().
  [[nodiscard]] virtual Result<void> write_blocks(std::span<const std::byte> bytes, std::span<const BlockId> ids);
  /// The next `length_bytes` are zeros; a file can leave a hole.
  [[nodiscard]] virtual Result<void> zeros(std::uint64_t length_bytes) = 0;
};

/// The disk as it was. Zero, unused and unreadable bytes read as zeros. Threads: one.
class EvidenceReader {
 public:
  virtual ~EvidenceReader() = default;
  [[nodiscard]] virtual const DiskMap& map() const = 0;
  /// Errors: kUsage beyond the disk's end, kEvidenceDamaged, kRead.
  [[nodiscard]] virtual Result<void> read(std::uint64_t offset_bytes, std::span<std::byte> out) = 0;
  /// Part of the disk in order; pieces are at most 1 MiB, zeros may be longer. Every block is compared with its id on
  /// the way. Errors: as read(), the sink's.
  [[nodiscard]] virtual Result<void> export_range(ByteRange range, RawSink& sink) = 0;
  /// The whole disk.
  [[nodiscard]] Result<void> export_raw(RawSink& sink) { return export_range({0, map().disk_bytes()}, sink); }
};

/// One stored frame that does not hold what it should.
struct DamagedFrame {
  std::uint32_t pack = 0;
  std::uint32_t frame = 0;
  std::string reason;
};
/// Result of reading something stored again.
struct VerifyReport {
  bool signature_ok = true;
  bool map_ok = true;
  bool root_ok = true;
  bool sha256_ok = true;
  std::vector<DamagedFrame> damaged_frames;
  std::vector<ByteRange> damaged_ranges;  ///< of the disk, ascending, merged
  std::uint64_t bytes_checked = 0;
  std::vector<std::string> notes;         ///< in words, for people
  [[nodiscard]] bool ok() const {
    return signature_ok && map_ok && root_ok && sha256_ok && damaged_frames.empty() && damaged_ranges.empty();
  }
};

}  // namespace resus::imaging
