#include "imaging/id_walk.hpp"

#include <array>

namespace resus::imaging {

std::optional<BlockId> IdWalk::next() {
  if (run_ == map_.runs().size()) return std::nullopt;
  const auto& run = map_.runs()[run_];
  const auto into = into_run_;
  kind_ = run.kind;
  if (into == 0 && run.kind == RunKind::kData) ids_ = packs_.ids_of(run.place.frame);
  const bool last = ++block_ == block_count(map_.disk_bytes());
  if (++into_run_ == run.blocks) {
    ++run_;
    into_run_ = 0;
  }
  if (run.kind == RunKind::kZero) return last ? zero_of_last_block() : zero_block_id();
  if (run.kind != RunKind::kData) return std::nullopt;
  const auto index = run.place.index + into;
  if (ids_ && index < ids_->size()) return (*ids_)[index];
  if (!damaged_) damaged_ = run.place.frame;
  return std::nullopt;
}

BlockId IdWalk::zero_of_last_block() const {
  static constexpr std::array<std::byte, kBlockBytes> kZeros{};
  const auto tail = map_.disk_bytes() % kBlockBytes;
  return tail == 0 ? zero_block_id() : block_id(std::span(kZeros).first(tail));
}

}  // namespace resus::imaging
