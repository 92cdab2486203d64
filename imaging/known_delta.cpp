// The plan of a deployment: what the evidence says is on the disk against what the golden image wants.
#include <algorithm>
#include <array>

#include "imaging/store_parts.hpp"

namespace resus::imaging {
namespace {

/// Ids of one map, block by block in disk order. Threads: one.
class IdWalk {
 public:
  IdWalk(Packs& packs, const DiskMap& map) : packs_(packs), map_(map) {}

  /// Id of the next block; nothing when it cannot be known (unreadable, unused, damaged) or the disk ended.
  std::optional<BlockId> next() {
    if (run_ == map_.runs().size()) return std::nullopt;
    const auto& run = map_.runs()[run_];
    const auto into = into_run_;
    if (into == 0 && run.kind == RunKind::kData) ids_ = packs_.ids_of(run.place.frame);
    const bool last = ++block_ == block_count(map_.disk_bytes());
    if (++into_run_ == run.blocks) {
      ++run_;
      into_run_ = 0;
    }
    if (run.kind == RunKind::kZero) return last ? zero_of_last_block() : zero_block_id();
    const auto index = run.place.index + into;
    if (run.kind != RunKind::kData || !ids_ || index >= ids_->size()) return std::nullopt;
    return (*ids_)[index];
  }

 private:
  BlockId zero_of_last_block() const {
    static constexpr std::array<std::byte, kBlockBytes> kZeros{};
    const auto tail = map_.disk_bytes() % kBlockBytes;
    return tail == 0 ? zero_block_id() : block_id(std::span(kZeros).first(tail));
  }
  Packs& packs_;
  const DiskMap& map_;
  std::size_t run_ = 0;
  std::uint64_t into_run_ = 0;
  std::uint64_t block_ = 0;
  std::shared_ptr<const std::vector<BlockId>> ids_;
};

PlanKind kind_of(const std::optional<BlockId>& present, const std::optional<BlockId>& wanted) {
  if (present && wanted && *present == *wanted) return PlanKind::kKeep;
  return wanted && *wanted == zero_block_id() ? PlanKind::kZero : PlanKind::kWrite;
}

}  // namespace

Result<DeployPlan> Store::deploy_plan(std::string_view evidence_id, std::string_view image_id) const {
  RESUS_TRY(const auto info, find_evidence(evidence_id));
  RESUS_TRY(const auto image, find_image(image_id));
  RESUS_TRY(const auto present, parts_->load_map(info));
  RESUS_TRY(const auto pack, parts_->packs.get(image.pack));
  RESUS_TRY(const auto wanted, map_of_image(image, *pack));
  DeployPlan plan(info.record.root, image.manifest.root, image.manifest.disk_bytes);
  IdWalk on_disk(parts_->packs, present);
  IdWalk in_image(parts_->packs, wanted);
  for (std::uint64_t block = 0; block < block_count(image.manifest.disk_bytes); ++block) {
    const auto there = on_disk.next();
    plan.append(kind_of(there, in_image.next()), 1);
  }
  return plan;
}

}  // namespace resus::imaging
