// What the evidence says is on the disk against what the golden image has: plan of a deployment, known-good subtraction.
#include "imaging/id_walk.hpp"
#include "imaging/store_parts.hpp"

namespace resus::imaging {
namespace {

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

Result<Subtraction> Store::subtract(std::string_view evidence_id, std::string_view image_id, const std::stop_token& stop) const {
  RESUS_TRY(const auto info, find_evidence(evidence_id));
  RESUS_TRY(const auto image, find_image(image_id));
  RESUS_TRY(const auto disk, parts_->load_map(info));
  RESUS_TRY(const auto pack, parts_->packs.get(image.pack));
  RESUS_TRY(const auto golden, map_of_image(image, *pack));
  return imaging::subtract(parts_->packs, disk, golden, parts_->options.index_memory_bytes, stop);
}

}  // namespace resus::imaging
