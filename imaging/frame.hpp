#pragma once
// Frames: blocks compressed together, and the id frames behind them. imaging/FORMAT.md section 3.
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "imaging/evidence_sink.hpp"

namespace resus::imaging {

/// What any zstd compressor can make of 1 MiB at worst.
[[nodiscard]] std::size_t max_compressed_bytes();
/// Length of the whole id frame (skippable header included) of `blocks` blocks.
[[nodiscard]] constexpr std::size_t id_frame_bytes(std::size_t blocks) { return 8 + 24 + 32 * blocks + 8; }

/// One zstd context, reused. Threads: one each.
class FrameCompressor {
 public:
  /// zstd level, 1 is right for acquisitions, 3 and up for golden images.
  explicit FrameCompressor(int level);
  /// `raw` holds the blocks of `ids` one after the other; only the last may be short.
  /// @pre 1 to 256 blocks. Errors: kInternal.
  [[nodiscard]] Result<Frame> compress(std::span<const BlockId> ids, std::span<const std::byte> raw);

 private:
  struct Free {
    void operator()(void* context) const;
  };
  std::unique_ptr<void, Free> context_;
  std::vector<std::byte> scratch_;
};

/// Gathers scattered new blocks until there are 256 of them.
class FrameBuilder {
 public:
  explicit FrameBuilder(int level);
  /// Copies the block. @pre !full(), and no short block was added before.
  void add(const BlockId& id, std::span<const std::byte> block);
  [[nodiscard]] bool full() const { return ids_.size() == kBlocksPerSegment; }
  [[nodiscard]] bool empty() const { return ids_.empty(); }
  [[nodiscard]] std::size_t blocks() const { return ids_.size(); }
  /// Compresses what was gathered and starts anew. @pre !empty().
  [[nodiscard]] Result<Frame> finish();

 private:
  FrameCompressor compressor_;
  std::vector<BlockId> ids_;
  std::vector<std::byte> raw_;
  std::size_t raw_bytes_ = 0;
};

/// Exactly one zstd frame with content size and checksum that gives exactly raw_out.size() bytes.
/// Errors: kEvidenceDamaged. Threads: any.
[[nodiscard]] Result<void> decompress_frame(std::span<const std::byte> compressed, std::span<std::byte> raw_out);

/// Its beginning only: as many bytes as `front_out` takes of the `raw_bytes` the frame announces. `next` gives further compressed
/// bytes, in order, as long as they are wanted. No checksum covers a beginning: whoever asks compares the blocks with their ids.
/// Errors: kEvidenceDamaged, those of `next`. Threads: any.
[[nodiscard]] Result<void> decompress_front(std::size_t raw_bytes, const std::function<Result<std::span<const std::byte>>()>& next,
                                            std::span<std::byte> front_out);

/// Decompresses with an exact bound and compares every block with its id. `raw_out` is resized to raw_bytes.
/// Errors: kEvidenceDamaged. Threads: any.
[[nodiscard]] Result<void> check_frame(const Frame& frame, std::vector<std::byte>& raw_out);
/// Only that count and sizes agree with each other (1 to 256 blocks, the last may be short).
[[nodiscard]] Result<void> check_frame_shape(const Frame& frame);

/// Decoded id frame.
struct IdFrame {
  std::uint64_t sequence = 0;
  std::uint32_t raw_bytes = 0;
  std::uint32_t compressed_bytes = 0;
  std::vector<BlockId> ids;
};
/// With the skippable header in front.
[[nodiscard]] std::string encode_id_frame(const Frame& frame, std::uint64_t sequence);
/// Reads the id frame at the start of `bytes`, which may go on behind it. Errors: kBadInput.
[[nodiscard]] Result<IdFrame> decode_id_frame(std::string_view bytes);

}  // namespace resus::imaging
