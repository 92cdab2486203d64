#pragma once
// Where every block of a disk is kept. Runs, not blocks. imaging/FORMAT.md section 5.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "imaging/block.hpp"

namespace resus::imaging {

/// One frame of one pack.
struct FrameRef {
  std::uint32_t pack = 0;
  std::uint32_t frame = 0;
  auto operator<=>(const FrameRef&) const = default;
};

/// One block inside a frame.
struct BlockPlace {
  FrameRef frame;
  std::uint32_t index = 0;
  auto operator<=>(const BlockPlace&) const = default;
};

enum class RunKind : std::uint8_t { kData = 0, kZero = 1, kUnused = 2, kUnreadable = 3 };

struct Run {
  RunKind kind = RunKind::kZero;
  std::uint64_t blocks = 0;
  BlockPlace place = {};  ///< of the first block; the others follow it in the same frame. kData only.
  auto operator<=>(const Run&) const = default;
};

enum class ReadCause : std::uint8_t { kMedium = 1, kTimeout = 2, kDeviceGone = 3, kNotTried = 4 };
/// "medium error", "timeout", "device gone", "not tried": for people.
[[nodiscard]] std::string_view to_string(ReadCause cause);
[[nodiscard]] constexpr bool is_read_cause(std::uint64_t number) { return number >= 1 && number <= 4; }

/// Bytes that could not be read. Inside a kData run (partly read block) they are stored as zeros and
/// stand here; a block of which nothing was read is a kUnreadable run and stands here too.
struct UnreadableRange {
  std::uint64_t offset_bytes = 0;
  std::uint64_t length_bytes = 0;
  ReadCause cause = ReadCause::kMedium;
  auto operator<=>(const UnreadableRange&) const = default;
};

/// Sorts, and makes one of those that touch and have the same cause.
void merge_unreadable(std::vector<UnreadableRange>& ranges);

class ByteReader;
class ByteWriter;
/// The list of ranges as maps and offers carry it.
void encode_unreadable(ByteWriter& out, std::span<const UnreadableRange> ranges);
/// Errors: kBadInput unless ascending, inside [begin, end) and merged where they touch.
[[nodiscard]] Result<std::vector<UnreadableRange>> decode_unreadable(ByteReader& in, std::uint64_t begin_bytes,
                                                                     std::uint64_t end_bytes);

/// Runs cover the disk from block 0 to its end without gap or overlap.
class DiskMap {
 public:
  explicit DiskMap(std::uint64_t disk_bytes = 0) : disk_bytes_(disk_bytes) {}
  /// Appends, merging with the last run where it continues it.
  void append(const Run& run);
  void add_unreadable(const UnreadableRange& range);
  [[nodiscard]] std::uint64_t disk_bytes() const { return disk_bytes_; }
  [[nodiscard]] std::uint64_t mapped_blocks() const { return mapped_blocks_; }
  [[nodiscard]] const std::vector<Run>& runs() const { return runs_; }
  [[nodiscard]] const std::vector<UnreadableRange>& unreadable() const { return unreadable_; }
  [[nodiscard]] std::string encode() const;
  /// Errors: kBadInput (with byte offset) for anything encode() would not produce.
  [[nodiscard]] static Result<DiskMap> decode(std::string_view bytes);

 private:
  std::uint64_t disk_bytes_;
  std::uint64_t mapped_blocks_ = 0;
  std::vector<Run> runs_;
  std::vector<UnreadableRange> unreadable_;
};

}  // namespace resus::imaging
