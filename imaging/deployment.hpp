#pragma once
// Lays a golden image onto a disk: skip what is right, fetch, verify, write, read back.
#include <stop_token>
#include <vector>

#include "hw/block_device.hpp"
#include "imaging/deploy_plan.hpp"
#include "imaging/deployment_times.hpp"
#include "imaging/golden_image.hpp"
#include "imaging/progress.hpp"
#include "imaging/retry.hpp"
#include "imaging/writable_disk.hpp"

namespace resus::imaging {

/// What is known of the disk's content before the first write. **Only for a disk that was copied in this very
/// boot and not written since**; after a power cut or a restart of the program pass none: then the disk is read.
struct KnownContent {
  DeployPlan plan;                  ///< from the evidence of this disk to this image
  std::vector<bool> zero_segments;  ///< AcquisitionResult::zero_segments
};

struct DeploymentOptions {
  unsigned workers = 0;       ///< fetching, unpacking and hashing threads; 0: as many as the machine has cores
  Pause pause = pause_for;    ///< how to wait between tries; tests do not wait
};

/// Bytes of the disk. Every byte of the disk counts in exactly one of written, zeroed and skipped (a block
/// written again because the boot segments come last counts once).
struct DeploymentReport {
  TreeRoot root;                    ///< proven for the first image_bytes of the disk
  std::uint64_t image_bytes = 0;
  std::uint64_t fetched = 0;        ///< compressed bytes that came from the source
  std::uint64_t written = 0;
  std::uint64_t skipped = 0;        ///< was already right
  std::uint64_t zeroed = 0;
  std::uint64_t read_back = 0;      ///< compared after writing or zeroing
  double seconds = 0;
  DeploymentTimes times;
};

/// Threads: run() writes on the caller's thread; reading, fetching and unpacking have threads of their own
/// that end with it. Memory: flat, under 64 MiB.
class Deployment {
 public:
  /// Makes the disk read as the golden image from its first byte and as zeros behind the image's end.
  /// Before the first write: the manifest's signature, node table and root are checked against `trusted` and
  /// the permit, and that the image fits. The first write makes the disk unbootable (first and last segment
  /// become zeros), the last ones write these segments: a half-written disk does not boot.
  /// `reader` reads the same disk. `known` may be null: then every segment is read and compared first.
  /// **Destroys** the disk's content.
  /// Errors: kImageSignature, kImageTooLarge, kImageTruncated, kPermitMismatch, kBadInput: nothing of the
  /// segment concerned was written, nothing at all when the manifest is at fault. kReadBack, kWrite, kRead,
  /// kDeviceGone, kCancelled: the disk is half-written and not bootable; run it again without `known`.
  [[nodiscard]] static Result<DeploymentReport> run(WritableDisk& disk, hw::DiskReader& reader, ImageSource& source,
                                                    std::span<const PublicKey> trusted, const KnownContent* known,
                                                    const DeploymentOptions& options, ProgressSink& progress,
                                                    const std::stop_token& stop);
};

}  // namespace resus::imaging
