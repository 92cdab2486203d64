#include "imaging/evidence_session.hpp"

#include "hw/log.hpp"
#include "imaging/wire.hpp"

namespace resus::imaging {
namespace {

/// An answer that was lost on the way is given again; a message holds eight offers.
constexpr std::size_t kRememberedAnswers = 2 * kMaxOffersPerMessage;
/// Borrowed blocks that may wait for their lender (2 MiB of ids). Beyond it the blocks are asked for here
/// too: stored twice rather than memory without bound.
constexpr std::size_t kMaxWaiting = 65536;
/// Blocks asked for and not delivered yet: 1 GiB, several times what an agent's memory can hold, and about 50 MiB of
/// claims here. Whoever only offers would otherwise fill the depot's memory.
constexpr std::uint64_t kMaxUndelivered = 262'144;

auto protocol(std::string what) { return hw::fail(hw::Code::kProtocol, std::move(what)); }

bool same_offer(const SegmentOffer& a, const SegmentOffer& b) {
  return a.segment == b.segment && a.states == b.states && a.ids == b.ids && a.unreadable == b.unreadable;
}

}  // namespace

EvidenceSession::EvidenceSession(StoreParts& store, std::uint64_t disk_bytes, EvidenceOptions options)
    : store_(store),
      disk_bytes_(disk_bytes),
      options_(std::move(options)),
      session_(store.ledger.begin_session()),
      started_at_(hw::to_rfc3339(options_.clock->now())),
      map_(disk_bytes) {}

EvidenceSession::~EvidenceSession() {
  store_.ledger.end_session(session_);
  if (!pack_) return;
  if (auto sealed = store_.seal_pack(pack_->pack()->number()); !sealed) {
    // It is recovered and sealed when the store is opened again.
    hw::log(hw::LogLevel::kWarning, "imaging", "seal a pack: " + sealed.error().to_string());
  }
}

std::uint64_t EvidenceSession::segment_bytes(std::uint64_t segment) const {
  return std::min<std::uint64_t>(kSegmentBytes, disk_bytes_ - segment * kSegmentBytes);
}

Result<void> EvidenceSession::check_offer(const SegmentOffer& offer) const {
  if (auto shape = check_offer_shape(offer); !shape) return protocol(shape.error().context);
  const auto segments = segment_count(disk_bytes_);
  const bool late = next_segment_ == segments && is_held_back(offer.segment) && !offer.held_back();
  if (!late && (offer.segment != next_segment_ || offer.segment >= segments)) {
    return protocol("segment " + std::to_string(offer.segment) + " offered, " + std::to_string(next_segment_) +
                    " is due");
  }
  if (offer.held_back()) return hw::success();
  const auto bytes = segment_bytes(offer.segment);
  if (offer.states.size() != block_count(bytes)) return protocol("the segment has another number of blocks");
  if (!offer.unreadable.empty()) {
    const auto& last = offer.unreadable.back();
    if (last.offset_bytes + last.length_bytes > disk_bytes_) return protocol("unreadable range beyond the disk");
  }
  return hw::success();
}

bool EvidenceSession::is_held_back(std::uint64_t segment) const {
  return segment < held_back_.size() && held_back_[segment];
}

void EvidenceSession::hold_back(const SegmentOffer& offer) {
  held_back_.resize(segment_count(disk_bytes_));
  held_back_[offer.segment] = true;
  map_.hold_back(block_count(segment_bytes(offer.segment)));
}

Result<Wanted> EvidenceSession::offer(const SegmentOffer& offer) {
  const std::lock_guard lock(mutex_);
  for (const auto& answered : recent_) {
    if (same_offer(answered.offer, offer)) return answered.wanted;
  }
  RESUS_TRY(check_offer(offer));
  if (next_sequence_ - delivered_ > kMaxUndelivered) return protocol("blocks are offered and not delivered");
  RESUS_TRY(store_.need_space());
  map_.settle([this](const BlockId& id) { return store_.ledger.arrival_of(id); });
  std::array<BlockAnswer, kBlocksPerSegment> answers;
  const auto filled = std::span(answers).first(offer.ids.size());
  if (!store_.ledger.look_up(offer.ids, filled)) {
    if (store_.pieces) find_pieces(*store_.pieces, store_.packs, offer, filled);
    store_.ledger.claim(session_, offer.ids, map_.waiting().size() < kMaxWaiting, next_sequence_, filled);
  }
  const bool late = is_held_back(offer.segment);
  if (late) {
    map_.begin_late(offer.segment * kBlocksPerSegment);
    held_back_[offer.segment] = false;
  }
  if (offer.held_back()) hold_back(offer);
  auto wanted = enter(offer, filled);
  if (!late) ++next_segment_;
  recent_.push_back({.offer = offer, .wanted = wanted});
  if (recent_.size() > kRememberedAnswers) recent_.pop_front();
  return wanted;
}

Wanted EvidenceSession::enter(const SegmentOffer& offer, std::span<const BlockAnswer> answers) {
  Wanted wanted{.segment = offer.segment, .deliver = std::vector<bool>(answers.size())};
  std::size_t next = 0;
  auto left = segment_bytes(offer.segment);
  for (const auto state : offer.states) {
    const auto bytes = std::min<std::uint64_t>(left, kBlockBytes);
    left -= bytes;
    if (state != BlockState::kData) {
      map_.add_without_data(state == BlockState::kZero ? RunKind::kZero : RunKind::kUnreadable);
      continue;
    }
    const bool deliver = answers[next].kind == BlockAnswer::Kind::kDeliver;
    enter_data(offer.ids[next], answers[next]);
    if (!deliver) bytes_known_ += bytes;
    wanted.deliver[next++] = deliver;
  }
  for (const auto& range : offer.unreadable) map_.add_unreadable(range);
  return wanted;
}

void EvidenceSession::enter_data(const BlockId& id, const BlockAnswer& answer) {
  switch (answer.kind) {
    case BlockAnswer::Kind::kStored: return map_.add_stored(answer.place);
    case BlockAnswer::Kind::kBorrowed: return map_.add_borrowed(id);
    case BlockAnswer::Kind::kMine:
    case BlockAnswer::Kind::kDeliver: return map_.add_own(answer.sequence);
  }
}

Result<EvidenceSession::FrameKind> EvidenceSession::match_claims(const Frame& frame,
                                                                 std::uint64_t& first_sequence) const {
  std::size_t claimed = 0;
  for (std::size_t i = 0; i < frame.ids.size(); ++i) {
    const auto claim = store_.ledger.claim_of(session_, frame.ids[i]);
    if (!claim) continue;
    if (i == 0) first_sequence = claim->sequence;
    if (claim->sequence != first_sequence + i) return protocol("blocks delivered in another order than asked for");
    ++claimed;
  }
  if (claimed == frame.ids.size()) return FrameKind::kNew;
  std::vector<std::optional<BlockPlace>> places(frame.ids.size());
  store_.known.lookup(frame.ids, places);
  const bool all_here = std::ranges::all_of(places, [](const auto& place) { return place.has_value(); });
  if (claimed == 0 && all_here) return FrameKind::kSeenBefore;
  return protocol("blocks delivered that were not asked for");
}

Result<void> EvidenceSession::deliver(const Frame& frame) {
  if (options_.trusted_producer) {
    RESUS_TRY(check_frame_shape(frame));
  } else {
    thread_local std::vector<std::byte> raw;
    RESUS_TRY(check_frame(frame, raw));
  }
  const std::lock_guard lock(deliver_mutex_);
  std::uint64_t first_sequence = 0;
  RESUS_TRY(const auto kind, match_claims(frame, first_sequence));
  if (kind == FrameKind::kSeenBefore) return hw::success();  // its answer was lost on the way
  RESUS_TRY(store_.need_space());
  RESUS_TRY(const auto where, store(frame));
  {
    const std::lock_guard map_lock(mutex_);
    map_.delivered(first_sequence, frame.ids.size(), where);
    delivered_ += frame.ids.size();
  }
  store_.ledger.delivered(session_, frame.ids, where);
  const auto bytes = frame.compressed.size() + id_frame_bytes(frame.ids.size());
  bytes_added_ += bytes;
  unsynced_bytes_ += bytes;
  return sync_now_and_then();
}

Result<FrameRef> EvidenceSession::store(const Frame& frame) {
  while (true) {
    if (pack_ && !pack_->pack()->sealed() && pack_->size_bytes() >= store_.options.pack_bytes) {
      RESUS_TRY(store_.seal_pack(pack_->pack()->number()));
    }
    if (!pack_ || pack_->pack()->sealed()) {
      RESUS_TRY(pack_, store_.new_pack());
      unsynced_bytes_ = 0;
      if (first_pack_ == 0) first_pack_ = pack_->pack()->number();
    }
    auto number = pack_->append(frame);
    if (number) return FrameRef{.pack = pack_->pack()->number(), .frame = number.value()};
    // Another acquisition that borrowed from this pack sealed it in between: begin the next one.
    const bool sealed_meanwhile = number.error().code == hw::Code::kConflict;
    if (!sealed_meanwhile) return hw::failure(std::move(number.error()));
    RESUS_TRY(store_.seal_pack(pack_->pack()->number()));
  }
}

Result<void> EvidenceSession::sync_now_and_then() {
  if (unsynced_bytes_ < store_.options.sync_every_bytes) return hw::success();
  RESUS_TRY(pack_->sync());
  unsynced_bytes_ = 0;
  return hw::success();
}

}  // namespace resus::imaging
