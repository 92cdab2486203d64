#pragma once
// What has to be done to each piece of the disk: decided here, done by the deployment.
#include <optional>
#include <stop_token>
#include <vector>

#include "imaging/busy_time.hpp"
#include "imaging/checked_image.hpp"
#include "imaging/deployment.hpp"
#include "imaging/disk_stream.hpp"

namespace resus::imaging {

/// Bytes of the disk from `begin` to before `end`.
struct DiskRange {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  auto operator<=>(const DiskRange&) const = default;
};

/// Which parts of the disk are laid down when. Boot segments (the image's first and last: partition table,
/// boot sector, backup table) come last, the first one at the very end.
struct DeployOrder {
  DeployOrder(std::uint64_t image_bytes, std::uint64_t disk_bytes);
  std::vector<DiskRange> body;
  std::vector<DiskRange> boot;
  std::vector<DiskRange> unboot;  ///< zeroed before the first write of the body
};

/// Answers from KnownContent for pieces in ascending order; going back is allowed and costs a new start.
class KnownPieces {
 public:
  KnownPieces(const KnownContent& known, std::uint64_t image_bytes) : known_(known), image_bytes_(image_bytes) {}
  /// Per block of the piece: must be written. Empty: nothing must.
  [[nodiscard]] std::vector<bool> to_write(const DiskRange& piece);

 private:
  [[nodiscard]] std::vector<bool> image_blocks(std::uint64_t first, std::uint64_t count);
  const KnownContent& known_;
  std::uint64_t image_bytes_;
  std::size_t run_ = 0;
  std::uint64_t run_begin_ = 0;  ///< in blocks
};

enum class PieceAction : std::uint8_t { kSkip, kZero, kWrite };

/// A decided piece. For kWrite `raw` holds its verified bytes and `writes` what of them must go to the disk.
struct DecidedPiece {
  DiskRange range;
  PieceAction action = PieceAction::kSkip;
  PooledBuffer raw;
  std::vector<DiskRange> writes;
  std::uint64_t fetched_bytes = 0;
};

/// A piece to be decided: what the disk holds there now, or what is known of it.
struct UndecidedPiece {
  DiskRange range;
  std::optional<DiskPiece> content;
  std::vector<bool> known_to_write;  ///< when there is no content
};

/// Busy time of a deployment's threads. Threads: any.
struct DeployBusy {
  BusyTime compare, fetch, verify, write, read_back;
  [[nodiscard]] DeploymentTimes seconds() const {
    return {.compare = compare.seconds(), .fetch = fetch.seconds(), .verify = verify.seconds(), .write = write.seconds(),
            .read_back = read_back.seconds()};
  }
};

/// Decides pieces; fetches and verifies what must be written. Threads: decide() any number at once.
class DeployDecider {
 public:
  DeployDecider(const CheckedImage& image, ImageSource& source, BufferPool& raw_buffers, DeployBusy& busy);
  /// Errors: kImageSignature, kImageTruncated, the source's. Empty when the pool was cancelled.
  [[nodiscard]] Result<std::optional<DecidedPiece>> decide(UndecidedPiece piece, const DeploymentOptions& options,
                                                           ProgressSink& progress, const std::stop_token& stop);

 private:
  /// The piece shall be zeros: behind the image's end, or the image has none but zeros there.
  [[nodiscard]] bool zero_wanted(const DiskRange& range) const;
  /// The disk holds there already what it shall hold.
  [[nodiscard]] bool is_right(const UndecidedPiece& piece, bool zero) const;
  [[nodiscard]] const Digest& node_of(const DiskRange& range) const;
  const CheckedImage& image_;
  ImageSource& source_;
  BufferPool& raw_buffers_;
  DeployBusy& busy_;
};

/// Neighbouring blocks in one write; gaps of up to 16 KiB are written over with what is there already,
/// because a write costs more than a few blocks.
[[nodiscard]] std::vector<DiskRange> coalesced(const DiskRange& piece, const std::vector<bool>& to_write);

}  // namespace resus::imaging
