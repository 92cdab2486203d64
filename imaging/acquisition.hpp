#pragma once
// The forensic copy: reads a disk once, hashes it, asks which blocks are new, compresses and delivers those.
#include <stop_token>
#include <string>
#include <vector>

#include "hw/block_device.hpp"
#include "hw/clock.hpp"
#include "imaging/evidence_sink.hpp"
#include "imaging/progress.hpp"
#include "imaging/retry.hpp"

namespace resus::imaging {

/// A night has room for it, and a disk that gave nothing in two hours of trying seldom does in the third.
inline constexpr std::chrono::seconds kRescueTime = std::chrono::hours(2);

struct AcquisitionOptions {
  int zstd_level = 1;          ///< measured: 727 MB/s a core; level 3 takes twice as long for 4 % less
  unsigned workers = 0;        ///< compressing threads; 0: as many as the machine has cores
  unsigned segments_ahead = 64;  ///< hashed segments that may wait for the sink's answer: work for the compressors while the disk is empty for long; 16 are 2.5 % slower on two cores
  unsigned sector_retries = 1; ///< further reads of a sector that failed alone
  /// How long trouble may last in all: reads that fail or crawl, and the rescue of what the first sweep held back. What
  /// is not read by then stands as unreadable, not tried.
  std::chrono::seconds rescue_time = kRescueTime;
  const hw::Clock* clock = nullptr;  ///< of rescue_time; null: the steady clock of this machine
  RereadPolicy reread = RereadPolicy::kNone;  ///< of the source disk, after the copy
  bool md5 = false;            ///< both are serial: MD5 caps the copy at 0.8 GB/s
  bool sha1 = false;
  std::string device_json = "{}";  ///< goes into the summary as it is
  Pause pause = pause_for;     ///< how to wait between tries; tests do not wait
};

struct AcquisitionResult {
  EvidenceReceipt receipt;
  AcquisitionSummary summary;
  std::vector<UnreadableRange> unreadable;  ///< ascending
  std::vector<bool> zero_segments;  ///< per segment: all zeros when it was read; for a deployment of the same boot
};

/// Threads: run() works on the caller's thread (reading, hashing) and on threads of its own that end with it.
/// Memory: flat over the disk's size: segments_ahead + 8 buffers of 1 MiB, and 4 a worker; 64 more for a failing disk.
class Acquisition {
 public:
  /// Reads the whole disk in order and delivers it; what cannot be read at the first sweep is held back and rescued after
  /// it (decisions/005). While the sink cannot take data (kSpace, kNetwork) it
  /// waits and tries again until `stop` is asked for. The sink's finish() is called only when every block of
  /// the disk was read or stated as unreadable.
  /// Errors: kDeviceGone (in the sweep; what was read before was delivered and stays), kCancelled, kRead, the sink's own
  /// permanent errors, kEvidenceDamaged when the receipt does not name the root that was computed here.
  [[nodiscard]] static Result<AcquisitionResult> run(hw::DiskReader& disk, EvidenceSink& sink,
                                                     const AcquisitionOptions& options, ProgressSink& progress,
                                                     const std::stop_token& stop);
};

}  // namespace resus::imaging
