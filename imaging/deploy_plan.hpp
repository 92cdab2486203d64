#pragma once
// What to do to a disk of known content so that it becomes a golden image. imaging/FORMAT.md section 13.
#include <cstdint>
#include <string>
#include <vector>

#include "imaging/block.hpp"

namespace resus::imaging {

enum class PlanKind : std::uint8_t {
  kKeep = 0,   ///< already what the golden image wants (compare with its tree, do not write)
  kWrite = 1,  ///< fetch the segment, verify it, write these blocks
  kZero = 2,   ///< zeros in the golden image, something else on the disk
};

struct PlanRun {
  PlanKind kind = PlanKind::kKeep;
  std::uint64_t blocks = 0;
  auto operator<=>(const PlanRun&) const = default;
};

/// Runs over the golden image from block 0 to its end without gap. What lies behind the image's end on a
/// larger disk is no part of it. A plan is advice to save work: what is on the disk in the end is proven by
/// reading back against the golden image's tree.
class DeployPlan {
 public:
  DeployPlan() = default;
  DeployPlan(const TreeRoot& evidence_root, const TreeRoot& image_root, std::uint64_t image_bytes)
      : evidence_root_(evidence_root), image_root_(image_root), image_bytes_(image_bytes) {}
  /// Appends, merging with the last run.
  void append(PlanKind kind, std::uint64_t blocks);
  [[nodiscard]] const TreeRoot& evidence_root() const { return evidence_root_; }
  [[nodiscard]] const TreeRoot& image_root() const { return image_root_; }
  [[nodiscard]] std::uint64_t image_bytes() const { return image_bytes_; }
  [[nodiscard]] std::uint64_t planned_blocks() const { return planned_blocks_; }
  [[nodiscard]] const std::vector<PlanRun>& runs() const { return runs_; }
  /// Blocks of one kind.
  [[nodiscard]] std::uint64_t blocks(PlanKind kind) const;
  [[nodiscard]] std::string encode() const;
  /// Errors: kBadInput for anything encode() would not produce.
  [[nodiscard]] static Result<DeployPlan> decode(std::string_view bytes);
  friend bool operator==(const DeployPlan&, const DeployPlan&) = default;

 private:
  TreeRoot evidence_root_;
  TreeRoot image_root_;
  std::uint64_t image_bytes_ = 0;
  std::uint64_t planned_blocks_ = 0;
  std::vector<PlanRun> runs_;
};

}  // namespace resus::imaging
