#pragma once
// Known-good subtraction: a disk minus a golden image, by block ids.
#include <array>
#include <functional>
#include <stop_token>
#include <vector>

#include "imaging/evidence_reader.hpp"

namespace resus::imaging {

enum class Subtracted : std::uint8_t {
  kSame,        ///< what the golden image has at this place
  kElsewhere,   ///< golden content, at another place
  kEmpty,       ///< zeros where the golden image has something, or has ended
  kNotGolden,   ///< the golden image holds this block nowhere
  kUnreadable,  ///< nothing of it could be read from the disk
};
inline constexpr std::size_t kSubtractedKinds = 5;

struct SubtractedRun {
  Subtracted kind = Subtracted::kSame;
  std::uint64_t first_block = 0;
  std::uint64_t blocks = 0;
  auto operator<=>(const SubtractedRun&) const = default;
};

/// Runs over the evidence's disk without gap. Memory follows fragmentation, as a disk map's does.
class Subtraction {
 public:
  explicit Subtraction(std::uint64_t disk_bytes) : disk_bytes_(disk_bytes) {}
  /// Appends, merging with the last run of the same kind.
  void append(Subtracted kind);
  [[nodiscard]] std::uint64_t disk_bytes() const { return disk_bytes_; }
  [[nodiscard]] const std::vector<SubtractedRun>& runs() const { return runs_; }
  /// Bytes of each kind within the range; blocks that lie in it in part count with that part.
  [[nodiscard]] std::array<std::uint64_t, kSubtractedKinds> bytes_in(ByteRange range) const;
  /// The parts of the range that are of this kind, ascending.
  [[nodiscard]] std::vector<ByteRange> ranges_in(ByteRange range, Subtracted kind) const;
  /// Every byte of the range is kSame.
  [[nodiscard]] bool all_same(ByteRange range) const;

 private:
  void each_in(ByteRange range, const std::function<void(Subtracted, ByteRange)>& take) const;
  const std::uint64_t disk_bytes_;
  std::vector<SubtractedRun> runs_;
  std::uint64_t blocks_ = 0;
};

class Packs;
/// Content of the golden image that lies elsewhere is looked for in as many passes over its ids as
/// `memory_bytes` asks for (16 bytes a block); besides, one bit a block of the disk.
/// Errors: kEvidenceDamaged when ids of either cannot be read, kCancelled. Threads: any.
[[nodiscard]] Result<Subtraction> subtract(Packs& packs, const DiskMap& disk, const DiskMap& golden,
                                           std::uint64_t memory_bytes, const std::stop_token& stop = {});

}  // namespace resus::imaging
