#pragma once
// A sink in memory that keeps blocks, puts the disk together again and can be full or broken for a while.
#include <algorithm>
#include <cstring>
#include <deque>
#include <map>
#include <mutex>

#include "imaging/frame.hpp"

namespace resus::test {

/// Threads: as EvidenceSink.
class MemorySink : public imaging::EvidenceSink {
 public:
  std::map<imaging::BlockId, std::vector<std::byte>> blocks;  ///< content by id, kept from run to run
  std::vector<imaging::SegmentOffer> offers;
  std::vector<std::size_t> frame_blocks;  ///< blocks of each delivered frame
  std::deque<hw::Error> offer_errors;     ///< given back first, one a call
  std::deque<hw::Error> deliver_errors;
  std::optional<imaging::AcquisitionSummary> summary;
  imaging::TreeRoot answered_root;        ///< what the receipt says when `lies`
  bool lies = false;

  hw::Result<imaging::Wanted> offer(const imaging::SegmentOffer& offer) override {
    const std::lock_guard lock(mutex_);
    if (auto error = taken(offer_errors)) return hw::failure(*error);
    offers.push_back(offer);
    imaging::Wanted wanted{.segment = offer.segment, .deliver = {}};
    for (const auto& id : offer.ids) {
      const bool fresh = blocks.try_emplace(id).second;
      wanted.deliver.push_back(fresh);
    }
    return wanted;
  }
  hw::Result<void> deliver(const imaging::Frame& frame) override {
    const std::lock_guard lock(mutex_);
    if (auto error = taken(deliver_errors)) return hw::failure(*error);
    std::vector<std::byte> raw;
    RESUS_TRY(imaging::check_frame(frame, raw));
    frame_blocks.push_back(frame.ids.size());
    std::size_t at = 0;
    for (const auto& id : frame.ids) {
      const auto length = std::min(imaging::kBlockBytes, raw.size() - at);
      blocks[id].assign(raw.begin() + at, raw.begin() + at + length);
      at += length;
    }
    return hw::success();
  }
  hw::Result<imaging::EvidenceReceipt> finish(const imaging::AcquisitionSummary& said) override {
    summary = said;
    return imaging::EvidenceReceipt{.evidence_id = "ev-0123456789abcdef",
                                    .root = lies ? answered_root : said.root,
                                    .sha256 = said.sha256};
  }
  /// The disk as the offers and blocks tell it; unreadable blocks as zeros.
  [[nodiscard]] std::vector<std::byte> disk(std::size_t size_bytes) const {
    std::vector<std::byte> bytes(size_bytes);
    for (const auto& offer : offers) {
      auto id = offer.ids.begin();
      for (std::size_t i = 0; i < offer.states.size(); ++i) {
        if (offer.states[i] != imaging::BlockState::kData) continue;
        const auto& block = blocks.at(*id++);
        std::ranges::copy(block, bytes.begin() + offer.segment * imaging::kSegmentBytes + i * imaging::kBlockBytes);
      }
    }
    return bytes;
  }

 private:
  static std::optional<hw::Error> taken(std::deque<hw::Error>& errors) {
    if (errors.empty()) return std::nullopt;
    auto error = std::move(errors.front());
    errors.pop_front();
    return error;
  }
  std::mutex mutex_;
};

}  // namespace resus::test
