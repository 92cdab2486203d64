#include "imaging/claims.hpp"

#include <array>
#include <cstring>
#include <random>

namespace resus::imaging {
namespace {
constexpr std::size_t kFirstSlots = 1024;

using Words = std::array<std::uint32_t, 8>;
using Multipliers = std::array<std::uint64_t, 8>;

/// Drawn once a run, told nobody.
const Multipliers& multipliers() {
  static const Multipliers drawn = [] {
    std::random_device random;
    Multipliers m{};
    for (auto& one : m) one = std::uint64_t{random()} << 32 | random();
    return m;
  }();
  return drawn;
}
}  // namespace

ClaimTable::ClaimTable() : entries_(kFirstSlots), salt_(std::random_device{}() * 0x9E3779B97F4A7C15ull | 1) {}

std::size_t ClaimTable::home_of(const BlockId& id) const {
  // An agent says what its ids are and could choose them to meet in one place. The upper half of this sum is strongly
  // universal (multilinear hashing; Lemire, Kaser, "Strongly universal string hashing is fast", 2014): whatever ids are
  // chosen without knowing the multipliers, two of them meet no more often than two drawn by lot.
  Words words;
  static_assert(sizeof words == sizeof id.bytes);
  std::memcpy(words.data(), id.bytes.data(), sizeof words);
  auto sum = salt_;
  for (std::size_t i = 0; i < words.size(); ++i) sum += multipliers()[i] * words[i];
  return static_cast<std::size_t>(sum >> 32) & (entries_.size() - 1);
}

std::size_t ClaimTable::slot_of(const BlockId& id, std::uint32_t session) const {
  auto slot = home_of(id);
  const auto other = [&](const Entry& entry) {
    return entry.claim.session != 0 && (entry.id != id || entry.claim.session != session);
  };
  while (other(entries_[slot])) slot = (slot + 1) & (entries_.size() - 1);
  return slot;
}

std::optional<Claim> ClaimTable::find(const BlockId& id, std::uint32_t session) const {
  std::optional<Claim> found;
  for (auto slot = home_of(id); entries_[slot].claim.session != 0; slot = (slot + 1) & (entries_.size() - 1)) {
    const auto& entry = entries_[slot];
    if (entry.id == id && (!found || entry.claim.session == session)) found = entry.claim;
  }
  return found;
}

void ClaimTable::put(const BlockId& id, const Claim& claim) {
  if (used_ * 2 >= entries_.size()) {
    std::vector<Entry> old(entries_.size() * 2);
    old.swap(entries_);
    for (const auto& entry : old) {
      if (entry.claim.session != 0) entries_[slot_of(entry.id, entry.claim.session)] = entry;
    }
  }
  auto& entry = entries_[slot_of(id, claim.session)];
  if (entry.claim.session == 0) ++used_;
  entry = {.id = id, .claim = claim};
}

void ClaimTable::erase_slot(std::size_t slot) {
  // Entries behind the gap move up as long as that brings them no further than their home.
  const auto mask = entries_.size() - 1;
  for (auto next = (slot + 1) & mask; entries_[next].claim.session != 0; next = (next + 1) & mask) {
    const auto home = home_of(entries_[next].id);
    if (((next - home) & mask) >= ((next - slot) & mask)) {
      entries_[slot] = entries_[next];
      slot = next;
    }
  }
  entries_[slot] = {};
  --used_;
}

void ClaimTable::erase(const BlockId& id, std::uint32_t session) {
  const auto slot = slot_of(id, session);
  if (entries_[slot].claim.session == session) erase_slot(slot);
}

void ClaimTable::erase_session(std::uint32_t session) {
  std::vector<Entry> kept;
  for (const auto& entry : entries_) {
    if (entry.claim.session != 0 && entry.claim.session != session) kept.push_back(entry);
  }
  entries_.assign(entries_.size(), {});
  used_ = 0;
  for (const auto& entry : kept) put(entry.id, entry.claim);
}

std::uint32_t Ledger::begin_session() {
  const std::lock_guard lock(mutex_);
  ++sessions_;
  return ++last_session_;
}

void Ledger::end_session(std::uint32_t session) {
  const std::lock_guard lock(mutex_);
  --sessions_;
  claims_.erase_session(session);
}

bool Ledger::look_up(std::span<const BlockId> ids, std::span<BlockAnswer> answers) {
  thread_local std::vector<std::optional<BlockPlace>> places;
  places.resize(ids.size());
  known_.lookup(ids, places);
  bool all = true;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (places[i]) {
      answers[i] = {.kind = BlockAnswer::Kind::kStored, .place = *places[i]};
    } else {
      all = false;
    }
  }
  return all;
}

void Ledger::claim(std::uint32_t session, std::span<const BlockId> ids, bool may_borrow, std::uint64_t& next_sequence,
                   std::span<BlockAnswer> answers) {
  std::vector<std::size_t> missing;
  std::vector<BlockId> again;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (answers[i].kind == BlockAnswer::Kind::kStored) continue;
    missing.push_back(i);
    again.push_back(ids[i]);
  }
  std::vector<std::optional<BlockPlace>> places(again.size());
  const std::lock_guard lock(mutex_);
  known_.lookup(again, places);
  for (std::size_t k = 0; k < missing.size(); ++k) {
    auto& answer = answers[missing[k]];
    const auto claim = claims_.find(again[k], session);
    if (places[k]) {
      answer = {.kind = BlockAnswer::Kind::kStored, .place = *places[k]};
    } else if (claim && claim->session == session) {
      answer = {.kind = BlockAnswer::Kind::kMine, .place = {}, .sequence = claim->sequence};
    } else if (claim && may_borrow) {
      answer = {.kind = BlockAnswer::Kind::kBorrowed, .place = {}};
    } else {
      answer = {.kind = BlockAnswer::Kind::kDeliver, .place = {}, .sequence = next_sequence};
      claims_.put(again[k], {.session = session, .sequence = next_sequence++});
    }
  }
}

std::optional<Claim> Ledger::claim_of(std::uint32_t session, const BlockId& id) const {
  const std::lock_guard lock(mutex_);
  const auto claim = claims_.find(id, session);
  return claim && claim->session == session ? claim : std::nullopt;
}

void Ledger::delivered(std::uint32_t session, std::span<const BlockId> ids, const FrameRef& frame) {
  known_.insert(ids, frame, false);
  const std::lock_guard lock(mutex_);
  for (const auto& id : ids) claims_.erase(id, session);
}

Ledger::Arrival Ledger::arrival_of(const BlockId& id) {
  // The claim is looked at first: a block delivered in between is then found in the index.
  const bool pending = [&] {
    const std::lock_guard lock(mutex_);
    return claims_.find(id, 0).has_value();
  }();
  std::optional<BlockPlace> place;
  known_.lookup({&id, 1}, {&place, 1});
  return {.place = place, .pending = pending && !place};
}

std::uint64_t Ledger::sessions() const {
  const std::lock_guard lock(mutex_);
  return sessions_;
}

std::uint64_t Ledger::in_flight() const {
  const std::lock_guard lock(mutex_);
  return claims_.size();
}

}  // namespace resus::imaging
