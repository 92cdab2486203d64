#pragma once
// Where an acquisition delivers to: the local store on a workbench, the depot over TLS on a machine.
// One contract suite (tests/imaging/evidence_sink_contract.hpp) holds for both.
#include <memory>
#include <string>
#include <vector>

#include "hw/block_device.hpp"
#include "imaging/block.hpp"
#include "imaging/disk_map.hpp"

namespace resus::imaging {

enum class BlockState : std::uint8_t { kData = 0, kZero = 1, kUnreadable = 2 };

/// One segment (1 MiB, 256 blocks; the disk's last may be shorter) as the agent saw it.
struct SegmentOffer {
  std::uint64_t segment = 0;            ///< counted from 0, offered in order
  std::vector<BlockState> states;       ///< one per block; none: held back, it is offered again after the disk's last
  std::vector<BlockId> ids;             ///< one per kData block, in order
  std::vector<UnreadableRange> unreadable;
  [[nodiscard]] bool held_back() const { return states.empty(); }
};

/// Which of the offered kData blocks must be delivered, in offer order. A block whose twin was asked
/// for earlier (by this or by another machine) is not asked for again.
struct Wanted {
  std::uint64_t segment = 0;
  std::vector<bool> deliver;
};

/// New blocks compressed together by zstd, in the order they were asked for. At most 256 blocks.
struct Frame {
  std::vector<BlockId> ids;
  std::uint32_t raw_bytes = 0;
  std::vector<std::byte> compressed;  ///< one zstd frame with content size and checksum
};

/// Whether the source disk is read a second time after the copy, and compared.
enum class RereadPolicy : std::uint8_t { kNone, kSampled, kWhole };
/// "none", "sampled", "whole".
[[nodiscard]] std::string_view to_string(RereadPolicy policy);
/// Errors: kBadInput.
[[nodiscard]] Result<RereadPolicy> reread_policy_from(std::string_view word);

/// What the second reading gave.
struct RereadOutcome {
  struct Range {
    std::uint64_t offset_bytes = 0;
    std::uint64_t length_bytes = 0;
    bool operator==(const Range&) const = default;
  };
  RereadPolicy policy = RereadPolicy::kNone;
  std::uint64_t bytes = 0;              ///< read again
  std::uint64_t unreadable_bytes = 0;   ///< of them: readable the first time, and not now
  std::vector<Range> differences;       ///< to the megabyte, merged: other bytes than the first time
};

/// Where the time of an acquisition went. Units: busy seconds, each summed over its threads; they run beside each
/// other, so that the largest of them (compress: divided by its threads) is about the whole.
struct AcquisitionTimes {
  double read = 0;      ///< from the disk
  double hash = 0;      ///< zero test, block ids, tree, whole-disk hashes
  double ask = 0;       ///< which blocks are new; on a machine the depot's answers
  double compress = 0;
  double send = 0;      ///< on a machine the wire; on a workbench writing to the store
  bool operator==(const AcquisitionTimes&) const = default;
};

/// What the agent says at the end; the depot recomputes all of it from what it stored. Where segments were held back the
/// linear SHA-256 is the depot's, of what it reads back: the root binds every byte of it (decisions/005).
struct AcquisitionSummary {
  TreeRoot root;
  bool held_back = false;     ///< segments came out of order: no linear hash was computed here
  Digest sha256;              ///< linear, unreadable bytes as zeros; nothing when held_back
  std::string md5, sha1;      ///< hex, empty unless asked for
  std::uint64_t bytes_read = 0;
  std::uint64_t unreadable_bytes = 0;
  bool device_gone = false;   ///< the disk vanished while its bad places were being rescued
  std::string device_json;    ///< the device's identity and write-block proof, for the record
  double seconds = 0;
  AcquisitionTimes times;
  RereadOutcome reread;       ///< kNone unless it was asked for
};

/// What the sink says when the evidence is complete, durable and re-read.
struct EvidenceReceipt {
  std::string evidence_id;    ///< "ev-" + first 16 hex digits of SHA-256(record payload)
  TreeRoot root;
  Digest sha256;
  std::uint64_t bytes_added = 0;   ///< compressed bytes this acquisition added to the store
  std::uint64_t bytes_known = 0;   ///< raw bytes that were already there
};

/// One acquisition in progress. Segments are offered in order, each as large as the disk has it or held back; those
/// held back are offered once more, in any order, when all have been. Blocks are delivered in the order they were asked
/// for. Every call may arrive twice, because its answer was lost: the same offer is answered the same, a frame that is
/// already there is no error, finish() gives the same receipt.
/// After a break (power, network, depot restart) a new acquisition is begun; what was delivered is known then and
/// not asked for again, what was only asked for is.
/// Threads: offer() and deliver() may come from different threads, each in order; finish() comes after both.
class EvidenceSink {
 public:
  virtual ~EvidenceSink() = default;
  /// Errors: kSpace (retryable: pause, offer again), kNetwork, kProtocol when another segment is due or it is not
  /// the disk's; the segment that is due is still taken afterwards.
  [[nodiscard]] virtual Result<Wanted> offer(const SegmentOffer& offer) = 0;
  /// A sink that sends on may take the frame and give its error from a later deliver() or from finish().
  /// Errors: kEvidenceDamaged when the bytes do not hash to the ids; kProtocol when they were not asked for;
  /// kSpace (retryable: pause, deliver again), kNetwork.
  [[nodiscard]] virtual Result<void> deliver(const Frame& frame) = 0;
  /// Everything delivered becomes durable, is read back from the device and compared.
  /// Errors: kEvidenceIncomplete when segments or blocks are missing, kEvidenceDamaged when what is there does not
  /// give the summary. Nothing is erased in any case, and without a receipt there is no evidence.
  [[nodiscard]] virtual Result<EvidenceReceipt> finish(const AcquisitionSummary& summary) = 0;
};

}  // namespace resus::imaging
