#pragma once
// The store's EvidenceSink. Only the store's own files include it.
#include <deque>
#include <mutex>

#include "imaging/session_map.hpp"
#include "imaging/store_parts.hpp"

namespace resus::imaging {

/// One acquisition into the local store. It appends to packs of its own, so that a hundred machines do not
/// wait for each other. Threads: as EvidenceSink.
class EvidenceSession final : public EvidenceSink {
 public:
  EvidenceSession(StoreParts& store, std::uint64_t disk_bytes, EvidenceOptions options);
  /// Frees the claims and seals the pack: what was delivered is known to the next acquisition.
  ~EvidenceSession() override;
  [[nodiscard]] Result<Wanted> offer(const SegmentOffer& offer) override;
  [[nodiscard]] Result<void> deliver(const Frame& frame) override;
  [[nodiscard]] Result<EvidenceReceipt> finish(const AcquisitionSummary& summary) override;

 private:
  struct Answered {
    SegmentOffer offer;
    Wanted wanted;
  };
  enum class FrameKind { kNew, kSeenBefore };

  [[nodiscard]] Result<void> check_offer(const SegmentOffer& offer) const;
  [[nodiscard]] std::uint64_t segment_bytes(std::uint64_t segment) const;
  [[nodiscard]] bool is_held_back(std::uint64_t segment) const;
  void hold_back(const SegmentOffer& offer);
  [[nodiscard]] Wanted enter(const SegmentOffer& offer, std::span<const BlockAnswer> answers);
  void enter_data(const BlockId& id, const BlockAnswer& answer);
  [[nodiscard]] Result<FrameKind> match_claims(const Frame& frame, std::uint64_t& first_sequence) const;
  [[nodiscard]] Result<FrameRef> store(const Frame& frame);
  [[nodiscard]] Result<void> sync_now_and_then();

  [[nodiscard]] Result<DiskMap> settled_map();
  [[nodiscard]] Result<void> seal_all(const DiskMap& map);
  /// Fills in what only reading back can tell.
  [[nodiscard]] Result<void> reread_and_compare(const DiskMap& map, AcquisitionSummary& summary);
  [[nodiscard]] Record make_record(const DiskMap& map, const std::string& map_bytes,
                                   const AcquisitionSummary& summary) const;
  [[nodiscard]] const EvidenceInfo* earlier_evidence(const AcquisitionSummary& summary) const;
  [[nodiscard]] Result<EvidenceReceipt> write_evidence(const DiskMap& map, const AcquisitionSummary& summary);

  StoreParts& store_;
  const std::uint64_t disk_bytes_;
  const EvidenceOptions options_;
  const std::uint32_t session_;
  const std::string started_at_;
  std::string copied_at_;

  mutable std::mutex mutex_;  ///< of the map and the answers
  SessionMap map_;
  std::uint64_t next_segment_ = 0;
  std::vector<bool> held_back_;  ///< by segment, as long as any was held back
  std::uint64_t next_sequence_ = 0;
  std::uint64_t delivered_ = 0;  ///< blocks, of those asked for
  std::deque<Answered> recent_;
  std::uint64_t bytes_known_ = 0;

  std::mutex deliver_mutex_;  ///< of the pack
  std::shared_ptr<PackWriter> pack_;
  std::uint32_t first_pack_ = 0;  ///< begun here; 0: none
  std::uint64_t bytes_added_ = 0;
  std::uint64_t unsynced_bytes_ = 0;
};

}  // namespace resus::imaging
