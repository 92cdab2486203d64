#pragma once
// A sink in memory that keeps blocks, puts the disk together again and can be full or broken for a while.
#include <algorithm>
#include <atomic>
#include <cstring>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <set>

#include "imaging/frame.hpp"
#include "tests/support/disk_content.hpp"

namespace resus::test {

/// A store and the one acquisition into it that is in progress. Threads: as EvidenceSink.
class MemorySink : public imaging::EvidenceSink {
 public:
  std::map<imaging::BlockId, std::vector<std::byte>> blocks;  ///< content by id, kept from run to run
  std::vector<imaging::SegmentOffer> offers;                  ///< of this acquisition
  std::vector<std::uint64_t> order;                           ///< in which segments held back came at last
  std::vector<std::size_t> frame_blocks;  ///< blocks of each delivered frame
  std::deque<hw::Error> offer_errors;     ///< given back first, one a call
  std::deque<hw::Error> deliver_errors;
  std::optional<imaging::AcquisitionSummary> summary;
  imaging::TreeRoot answered_root;        ///< what the receipt says when `lies`
  bool lies = false;
  std::atomic<bool> full = false;         ///< every call fails with kSpace

  /// A new acquisition: what was delivered stays, what was only asked for is asked for again.
  void begin(std::uint64_t disk_bytes) {
    const std::lock_guard lock(mutex_);
    disk_bytes_ = disk_bytes;
    offers.clear();
    order.clear();
    answers_.clear();
    awaited_.clear();
    bytes_added_ = bytes_known_ = 0;
  }

  /// Also while an acquisition is running.
  void refuse_the_next_offer(hw::Error error) {
    const std::lock_guard lock(mutex_);
    offer_errors.push_back(std::move(error));
  }

  hw::Result<imaging::Wanted> offer(const imaging::SegmentOffer& offer) override {
    const std::lock_guard lock(mutex_);
    if (auto error = trouble(offer_errors)) return hw::failure(*error);
    if (offer.segment < offers.size() && same(offers[offer.segment], offer)) return answers_[offer.segment];
    const bool late = offers.size() == imaging::segment_count(disk_bytes_) && offer.segment < offers.size() &&
                      offers[offer.segment].held_back() && !offer.held_back();
    if (!late && offer.segment != offers.size()) return hw::fail(hw::Code::kProtocol, "another segment is due");
    if (late) {
      order.push_back(offer.segment);
      offers[offer.segment] = offer;
      return answers_[offer.segment] = answer(offer);
    }
    if (!offer.held_back() && offer.states.size() != imaging::block_count(segment_bytes(offer.segment))) {
      return hw::fail(hw::Code::kProtocol, "the segment has another number of blocks");
    }
    offers.push_back(offer);
    answers_.push_back(answer(offer));
    return answers_.back();
  }

  hw::Result<void> deliver(const imaging::Frame& frame) override {
    const std::lock_guard lock(mutex_);
    if (auto error = trouble(deliver_errors)) return hw::failure(*error);
    std::vector<std::byte> raw;
    RESUS_TRY(imaging::check_frame(frame, raw));
    const auto known = [this](const auto& id) { return blocks.contains(id); };
    if (std::ranges::all_of(frame.ids, known)) return hw::success();  // its answer was lost on the way
    for (const auto& id : frame.ids) {
      if (!awaited_.contains(id)) return hw::fail(hw::Code::kProtocol, "blocks delivered that were not asked for");
    }
    frame_blocks.push_back(frame.ids.size());
    bytes_added_ += frame.compressed.size();
    keep(frame.ids, raw);
    return hw::success();
  }

  hw::Result<imaging::EvidenceReceipt> finish(const imaging::AcquisitionSummary& said) override {
    const std::lock_guard lock(mutex_);
    RESUS_TRY(complete());
    const auto content = disk(disk_bytes_);
    const bool same_sha = said.held_back || sha256_of(content) == said.sha256;
    if (root() != said.root || !same_sha || unreadable_bytes() != said.unreadable_bytes) {
      return hw::fail(hw::Code::kEvidenceDamaged, "what is here is not what the summary says");
    }
    summary = said;
    return imaging::EvidenceReceipt{.evidence_id = "ev-" + imaging::to_hex(said.root).substr(0, 16),
                                    .root = lies ? answered_root : said.root,
                                    .sha256 = sha256_of(content),
                                    .bytes_added = bytes_added_,
                                    .bytes_known = bytes_known_};
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
  std::optional<hw::Error> trouble(std::deque<hw::Error>& errors) const {
    if (full) return hw::make_error(hw::Code::kSpace, "full");
    if (errors.empty()) return std::nullopt;
    auto error = std::move(errors.front());
    errors.pop_front();
    return error;
  }
  static bool same(const imaging::SegmentOffer& a, const imaging::SegmentOffer& b) {
    return a.states == b.states && a.ids == b.ids && a.unreadable == b.unreadable;
  }
  [[nodiscard]] std::uint64_t segment_bytes(std::uint64_t segment) const {
    const auto begin = segment * imaging::kSegmentBytes;
    return begin >= disk_bytes_ ? 0 : std::min<std::uint64_t>(imaging::kSegmentBytes, disk_bytes_ - begin);
  }
  imaging::Wanted answer(const imaging::SegmentOffer& offer) {
    imaging::Wanted wanted{.segment = offer.segment, .deliver = {}};
    auto id = offer.ids.begin();
    auto left = segment_bytes(offer.segment);
    for (const auto state : offer.states) {
      const auto bytes = std::min<std::uint64_t>(left, imaging::kBlockBytes);
      left -= bytes;
      if (state != imaging::BlockState::kData) continue;
      wanted.deliver.push_back(!blocks.contains(*id) && awaited_.insert(*id).second);
      if (!wanted.deliver.back()) bytes_known_ += bytes;
      ++id;
    }
    return wanted;
  }
  void keep(const std::vector<imaging::BlockId>& ids, const std::vector<std::byte>& raw) {
    std::size_t at = 0;
    for (const auto& id : ids) {
      const auto length = std::min(imaging::kBlockBytes, raw.size() - at);
      blocks[id].assign(raw.begin() + at, raw.begin() + at + length);
      awaited_.erase(id);
      at += length;
    }
  }
  [[nodiscard]] hw::Result<void> complete() const {
    if (offers.size() != imaging::segment_count(disk_bytes_)) return hw::fail(hw::Code::kEvidenceIncomplete, "segments are missing");
    if (std::ranges::any_of(offers, &imaging::SegmentOffer::held_back)) {
      return hw::fail(hw::Code::kEvidenceIncomplete, "segments are held back");
    }
    if (!awaited_.empty()) return hw::fail(hw::Code::kEvidenceIncomplete, "blocks are missing");
    return hw::success();
  }
  [[nodiscard]] imaging::TreeRoot root() const {
    imaging::TreeBuilder tree(disk_bytes_);
    for (const auto& offer : offers) {
      auto id = offer.ids.begin();
      for (const auto state : offer.states) {
        if (state == imaging::BlockState::kData) tree.add(*id++);
        if (state == imaging::BlockState::kZero) tree.add(imaging::zero_block_id());
        if (state == imaging::BlockState::kUnreadable) tree.add(imaging::unreadable_block_id());
      }
    }
    return tree.finish().value();
  }
  [[nodiscard]] std::uint64_t unreadable_bytes() const {
    std::uint64_t bytes = 0;
    for (const auto& offer : offers) {
      for (const auto& range : offer.unreadable) bytes += range.length_bytes;
    }
    return bytes;
  }

  std::mutex mutex_;
  std::uint64_t disk_bytes_ = 0;
  std::vector<imaging::Wanted> answers_;  ///< to `offers`
  std::set<imaging::BlockId> awaited_;    ///< asked for and not delivered
  std::uint64_t bytes_added_ = 0, bytes_known_ = 0;
};

}  // namespace resus::test
