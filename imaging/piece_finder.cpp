#include "imaging/piece_finder.hpp"

#include <algorithm>

#include "hw/log.hpp"

namespace resus::imaging {
namespace {

/// Pieces that are handed to the index at once.
constexpr std::size_t kBatch = 1024;

Digest piece_id(std::span<const BlockId> ids) {
  std::array<Digest, kBlocksPerGroup> children;
  std::ranges::copy(ids, children.begin());
  return tree_node(1, children);
}

/// Where the ids of whole pieces begin in an offer, as far as not all of their blocks are known.
std::vector<std::size_t> wanting(const SegmentOffer& offer, std::span<const BlockAnswer> answers) {
  std::vector<std::size_t> begins;
  std::size_t next = 0;
  for (std::size_t at = 0; at < offer.states.size(); at += kBlocksPerGroup) {
    const auto group = std::span(offer.states).subspan(at, std::min(kBlocksPerGroup, offer.states.size() - at));
    const auto data = static_cast<std::size_t>(std::ranges::count(group, BlockState::kData));
    const bool known = std::ranges::all_of(answers.subspan(next, data), [](const BlockAnswer& answer) {
      return answer.kind == BlockAnswer::Kind::kStored;
    });
    if (data == kBlocksPerGroup && !known) begins.push_back(next);
    next += data;
  }
  return begins;
}

/// Collects pieces and enters them in batches. Threads: one.
class Entering {
 public:
  Entering(KnownPieces& pieces, IdSource& ids) : pieces_(pieces), ids_(ids) {}

  Result<void> add(const BlockPlace& first) {
    if (!table_ || first.frame != frame_) {
      frame_ = first.frame;
      table_ = ids_.ids_of(frame_);
    }
    if (!table_ || first.index + kBlocksPerGroup > table_->size()) return hw::success();
    const auto ids = std::span(*table_).subspan(first.index, kBlocksPerGroup);
    if (std::ranges::find(ids, zero_block_id()) != ids.end()) return hw::success();
    batch_.push_back({.id = piece_id(ids), .first = first});
    return batch_.size() < kBatch ? hw::success() : flush();
  }
  Result<void> flush() {
    RESUS_TRY(pieces_.insert(batch_));
    batch_.clear();
    return hw::success();
  }

 private:
  KnownPieces& pieces_;
  IdSource& ids_;
  FrameRef frame_;
  std::shared_ptr<const std::vector<BlockId>> table_;
  std::vector<Piece> batch_;
};

// Only where the pack itself says so.
void answer(IdSource& source, std::span<const BlockId> ids, const BlockPlace& first, std::span<BlockAnswer> answers) {
  const auto table = source.ids_of(first.frame);
  if (!table || first.index + kBlocksPerGroup > table->size()) return;
  if (!std::ranges::equal(ids, std::span(*table).subspan(first.index, kBlocksPerGroup))) return;
  for (std::uint32_t i = 0; i < kBlocksPerGroup; ++i) {
    answers[i] = {.kind = BlockAnswer::Kind::kStored, .place = {.frame = first.frame, .index = first.index + i}};
  }
}

}  // namespace

void find_pieces(KnownPieces& pieces, IdSource& ids, const SegmentOffer& offer, std::span<BlockAnswer> answers) {
  const auto begins = wanting(offer, answers);
  if (begins.empty()) return;
  std::vector<Digest> wanted;
  for (const auto begin : begins) wanted.push_back(piece_id(std::span(offer.ids).subspan(begin, kBlocksPerGroup)));
  std::vector<std::optional<BlockPlace>> places(wanted.size());
  if (auto found = pieces.lookup(wanted, places); !found) {
    return hw::log(hw::LogLevel::kWarning, "imaging", "index of pieces: " + found.error().to_string());
  }
  for (std::size_t i = 0; i < begins.size(); ++i) {
    if (!places[i]) continue;
    answer(ids, std::span(offer.ids).subspan(begins[i], kBlocksPerGroup), *places[i],
           answers.subspan(begins[i], kBlocksPerGroup));
  }
}

Result<void> enter_pieces(KnownPieces& pieces, IdSource& ids, const DiskMap& map, std::uint32_t first_pack,
                          std::string_view source) {
  Entering entering(pieces, ids);
  std::uint64_t begin = 0;  // of the run, in blocks of the disk
  for (const auto& run : map.runs()) {
    const auto end = begin + run.blocks;
    if (run.kind == RunKind::kData && run.place.frame.pack >= first_pack) {
      auto at = (begin + kBlocksPerGroup - 1) / kBlocksPerGroup * kBlocksPerGroup;
      for (; at + kBlocksPerGroup <= end; at += kBlocksPerGroup) {
        const auto index = run.place.index + static_cast<std::uint32_t>(at - begin);
        RESUS_TRY(entering.add({.frame = run.place.frame, .index = index}));
      }
    }
    begin = end;
  }
  RESUS_TRY(entering.flush());
  return pieces.add_source(source);
}

}  // namespace resus::imaging
