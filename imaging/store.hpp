#pragma once
// The store: packs, evidence and golden images in one folder. imaging/FORMAT.md section 10.
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "hw/clock.hpp"
#include "hw/file_system.hpp"
#include "imaging/deploy_plan.hpp"
#include "imaging/envelope.hpp"
#include "imaging/evidence_reader.hpp"
#include "imaging/evidence_sink.hpp"
#include "imaging/golden_image.hpp"
#include "imaging/known_pieces.hpp"
#include "imaging/progress.hpp"
#include "imaging/record.hpp"
#include "imaging/search.hpp"
#include "imaging/stored_disks.hpp"
#include "imaging/subtraction.hpp"

namespace resus::imaging {

struct StoreOptions {
  std::uint64_t reserve_bytes = 1ull << 30;         ///< below this much free space nothing is taken any more
  std::uint64_t index_memory_bytes = 192ull << 20;  ///< block index; 16 bytes a block
  std::uint64_t pack_bytes = 4ull << 30;            ///< a pack is sealed when it has grown beyond this
  std::uint64_t sync_every_bytes = 256ull << 20;    ///< what a power cut can cost at most, per acquisition
  /// Changes nothing in the folder and takes no lock: for a copy on read-only media, or beside a running depot.
  /// What was not sealed yet is not seen (no evidence refers to it); whatever would write gives kUsage.
  bool read_only = false;
  /// Opens the index of pieces in a folder of the store, under the store's lock. Without one, and when it cannot be opened,
  /// only what fits into index_memory_bytes is known.
  std::function<Result<std::unique_ptr<KnownPieces>>(const std::string& folder)> open_pieces = {};
};

/// Called from the thread that called the store; must return soon.
using OnProgress = std::function<void(const Progress&)>;

struct EvidenceOptions {
  RecordContext context;
  const SigningKey* key = nullptr;   ///< signs the record; outlives the sink
  const hw::Clock* clock = nullptr;  ///< outlives the sink
  bool trusted_producer = false;     ///< frames come from this process: deliver() does not unpack and hash them
  /// finish() reads everything back from the device before it signs. Without it the record says so in
  /// `verified_at` (empty), and no permit may rest on it before verify_evidence().
  bool reread = true;
  OnProgress on_reread = {};         ///< progress of finish()
};

struct EvidenceInfo {
  std::string id;
  Record record;
};

/// Who, why, when: of a hold, of its end, of a deletion.
struct Hold {
  std::string actor;
  std::string reason;
  std::string time;  ///< RFC 3339
};

/// What is left of evidence that was deleted.
struct DeletedEvidence {
  std::string id;
  Record record;
  Hold by;
  bool freed = false;  ///< nothing of it is left to reclaim
};

struct Reclaimed {
  std::uint64_t frames = 0;
  std::uint64_t bytes = 0;  ///< compressed
  bool waiting = false;     ///< for acquisitions to end
};

struct ImageInfo {
  GoldenManifest manifest;
  std::uint32_t pack = 0;
  std::uint64_t stored_bytes = 0;
};

/// What the caller of an import knows or has probed (hw/partition_probe.hpp).
struct ImageDescription {
  std::string name;
  std::string partition_table;  ///< "gpt", "dos", "none"
  std::string boot_mode;        ///< "bios", "uefi", "both"
  std::vector<Partition> partitions;
  std::string created_at;       ///< RFC 3339
  std::string tool;
};

struct StoreStatistics {
  std::uint64_t packs = 0;
  std::uint64_t pack_bytes = 0;    ///< compressed, golden images included
  std::uint64_t blocks_known = 0;  ///< entries of the block index
  std::uint64_t blocks_in_flight = 0;
  std::uint64_t sessions = 0;      ///< acquisitions in progress
  hw::Space space;
  bool below_reserve = false;
};

class EvidenceFrames;
class StoreParts;

/// Threads: any; several acquisitions, imports and readers at once. Everything a store hands out (sinks,
/// readers, sources) must be destroyed before it.
class Store {
 public:
  /// Creates the layout, takes the lock against a second process, recovers packs and reads the ids of every
  /// block into memory. `files` outlives the store.
  /// Errors: kConflict when another process holds it, kNotFound (read_only and no store there), kRead, kWrite,
  /// kBadInput.
  [[nodiscard]] static Result<std::unique_ptr<Store>> open(hw::FileSystem& files, const std::string& path,
                                                           StoreOptions options = {});
  ~Store();

  /// One acquisition of a disk of `disk_bytes`. Destroying the sink before finish() gives up the acquisition:
  /// its blocks stay and are known to the next one, what it had claimed is free again.
  /// finish() writes a record once: asked again for the same machine, attempt and content it answers with the
  /// evidence that is there (checked anew), so that an answer lost on the way is no second copy.
  [[nodiscard]] Result<std::unique_ptr<EvidenceSink>> begin_evidence(std::uint64_t disk_bytes,
                                                                     EvidenceOptions options);
  [[nodiscard]] std::vector<EvidenceInfo> evidence() const;
  /// Errors: kNotFound.
  [[nodiscard]] Result<EvidenceInfo> find_evidence(std::string_view id) const;
  /// As find_evidence(), of deleted evidence too: its record stays. Errors: kNotFound.
  [[nodiscard]] Result<EvidenceInfo> find_record(std::string_view id) const;
  /// The signed record as it stands in the store, of deleted evidence too.
  [[nodiscard]] Result<std::string> record_envelope(std::string_view id) const;
  /// The stamp of an outside authority over that file, as it answered (imaging/time_stamp.hpp); of deleted evidence too.
  /// Errors: kNotFound.
  [[nodiscard]] Result<std::string> stamp(std::string_view id) const;
  /// Durable when it returns; what was there is replaced. @pre it was checked. Errors: kNotFound, kUsage, kWrite, kSpace.
  [[nodiscard]] Result<void> put_stamp(std::string_view id, std::string_view response);

  /// Who keeps this evidence from being deleted; empty: nobody. A damaged file of holds is a hold. Errors: kNotFound.
  [[nodiscard]] Result<std::vector<Hold>> holds(std::string_view id) const;
  /// Adds one. Errors: kNotFound, kUsage, kWrite, kSpace.
  [[nodiscard]] Result<void> hold_evidence(std::string_view id, const Hold& hold, const SigningKey& key);
  /// Lifts all of them; `by` says who and why. Errors: as above, kConflict when there is none.
  [[nodiscard]] Result<void> lift_holds(std::string_view id, const Hold& by, const SigningKey& key);
  /// The evidence is gone when it returns: its tombstone is durable, it is not listed and cannot be read. Its record stays.
  /// What nobody else needs is freed by reclaim().
  /// Errors: kNotFound, kEvidenceKept while it is held, kUsage, kWrite, kSpace.
  /// Destroys: the way to the disk's content; with reclaim() the content.
  [[nodiscard]] Result<void> delete_evidence(std::string_view id, const Hold& by, const SigningKey& key);
  [[nodiscard]] std::vector<DeletedEvidence> deleted_evidence() const;
  /// Frees the frames of deleted evidence that no other evidence and no acquisition needs. Does nothing (`waiting`) while
  /// an acquisition is under way. Errors: kEvidenceDamaged when a map that may need them cannot be read: nothing is
  /// freed then; kWrite. After an error or a power cut it is tried again.
  /// Destroys: those frames.
  [[nodiscard]] Result<Reclaimed> reclaim();

  /// Random reads, export. Errors: kNotFound, kEvidenceDamaged when the map does not match the record.
  [[nodiscard]] Result<std::unique_ptr<EvidenceReader>> open_evidence(std::string_view id) const;
  /// For reads by many threads. Errors: as open_evidence().
  [[nodiscard]] Result<std::unique_ptr<EvidenceFrames>> open_frames(std::string_view id) const;
  /// Reads every byte again from the device. Damage is in the report, not an Error. Errors: kNotFound, kCancelled.
  [[nodiscard]] Result<VerifyReport> verify_evidence(std::string_view id, std::span<const PublicKey> trusted,
                                                     const OnProgress& progress = {},
                                                     const std::stop_token& stop = {}) const;

  /// Reads the disk once, writes pack, node table and signed manifest. Importing the same content again
  /// gives the image that is there. Errors: kRead on a bad sector (a golden image has none), kSpace, kConflict
  /// when the name is taken by other content, kCancelled: nothing of it stays.
  [[nodiscard]] Result<GoldenManifest> import_image(hw::DiskReader& disk, const ImageDescription& description,
                                                    const SigningKey& key, const OnProgress& progress = {},
                                                    const std::stop_token& stop = {});
  /// The same from evidence without unreadable ranges.
  [[nodiscard]] Result<GoldenManifest> import_image_from_evidence(std::string_view evidence_id,
                                                                  const ImageDescription& description,
                                                                  const SigningKey& key,
                                                                  const OnProgress& progress = {},
                                                                  const std::stop_token& stop = {});
  [[nodiscard]] std::vector<ImageInfo> images() const;
  /// By id or name. Errors: kNotFound.
  [[nodiscard]] Result<ImageInfo> find_image(std::string_view id_or_name) const;
  [[nodiscard]] Result<std::unique_ptr<ImageSource>> open_image(std::string_view id_or_name) const;
  /// The image as a disk, for random reads and export. Errors: kNotFound, kImageTruncated.
  [[nodiscard]] Result<std::unique_ptr<EvidenceReader>> read_image(std::string_view id_or_name) const;
  /// The same for reads by many threads.
  [[nodiscard]] Result<std::unique_ptr<EvidenceFrames>> open_image_frames(std::string_view id_or_name) const;
  /// Signature, node table, every block, root and SHA-256.
  [[nodiscard]] Result<VerifyReport> verify_image(std::string_view id_or_name, std::span<const PublicKey> trusted,
                                                  const OnProgress& progress = {},
                                                  const std::stop_token& stop = {}) const;
  /// What has to be done to a disk whose content is this evidence so that it becomes this image.
  [[nodiscard]] Result<DeployPlan> deploy_plan(std::string_view evidence_id, std::string_view image_id) const;
  /// Which blocks of the evidence are not the golden image's. Reads ids, no content. Errors: kNotFound, kCancelled,
  /// kEvidenceDamaged when ids cannot be read.
  [[nodiscard]] Result<Subtraction> subtract(std::string_view evidence_id, std::string_view image,
                                             const std::stop_token& stop = {}) const;

  /// Where a block lies, on every disk. Reads ids, no content. Errors: kUsage for the block of zeros, which is
  /// everywhere and not stored; kCancelled.
  [[nodiscard]] Result<SearchResult> find_block(const BlockId& id, const SearchOptions& options = {}) const;
  /// Where the bytes lie, across borders of blocks and frames too. Unpacks every stored frame once, on all processors.
  /// Errors: kUsage (see PatternScan), kSpace when they occur more often than can be remembered, kCancelled.
  [[nodiscard]] Result<SearchResult> find_bytes(std::string pattern, const SearchOptions& options = {}) const;
  /// Which disks hold the blocks of a file. Reads ids, and content for its unfinished last block alone.
  /// Errors: kBadInput for a file of nothing but zeros or one that contradicts itself, kRead, kCancelled.
  [[nodiscard]] Result<FileSearchResult> find_file(const WantedFile& file, const SearchOptions& options = {}) const;

  [[nodiscard]] Result<StoreStatistics> statistics() const;
  /// Reads every pack again and compares every block with its id. Damaged and missing frames are in the report with the
  /// disks and byte ranges they belong to, so are damaged maps; their blocks are asked for again from whoever offers
  /// them next. Errors: kCancelled.
  [[nodiscard]] Result<ScrubReport> scrub(const OnProgress& progress = {}, const std::stop_token& stop = {});

 private:
  explicit Store(std::unique_ptr<StoreParts> parts);
  std::unique_ptr<StoreParts> parts_;
};

}  // namespace resus::imaging
