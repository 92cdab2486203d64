#include "imaging/deploy_plan.hpp"

#include "imaging/bytes.hpp"

namespace resus::imaging {
namespace {
constexpr std::string_view kMagic{"RSPLAN\0\0", 8};
constexpr std::uint32_t kVersion = 1;
}  // namespace

void DeployPlan::append(PlanKind kind, std::uint64_t blocks) {
  if (blocks == 0) return;
  planned_blocks_ += blocks;
  if (!runs_.empty() && runs_.back().kind == kind) {
    runs_.back().blocks += blocks;
  } else {
    runs_.push_back({.kind = kind, .blocks = blocks});
  }
}

std::uint64_t DeployPlan::blocks(PlanKind kind) const {
  std::uint64_t total = 0;
  for (const auto& run : runs_) total += run.kind == kind ? run.blocks : 0;
  return total;
}

std::string DeployPlan::encode() const {
  ByteWriter out;
  out.text(kMagic);
  out.u32(kVersion);
  out.u32(0);
  out.digest(evidence_root_);
  out.digest(image_root_);
  out.u64(image_bytes_);
  out.varint(runs_.size());
  for (const auto& run : runs_) {
    out.u8(static_cast<std::uint8_t>(run.kind));
    out.varint(run.blocks);
  }
  out.digest(sha256(as_bytes(out.view())));
  return out.take();
}

Result<DeployPlan> DeployPlan::decode(std::string_view bytes) {
  if (bytes.size() < 32) return hw::fail(hw::Code::kBadInput, "deploy plan ends too early");
  const auto body = bytes.substr(0, bytes.size() - 32);
  ByteReader in(body);
  RESUS_TRY(in.expect(kMagic, "a deploy plan"));
  RESUS_TRY(const auto version, in.u32());
  if (version != kVersion) return hw::failure(in.error("deploy plan version " + std::to_string(version) + " is not known"));
  RESUS_TRY(in.expect(std::string_view("\0\0\0\0", 4), "a deploy plan of version 1"));
  RESUS_TRY(const auto evidence_root, in.digest());
  RESUS_TRY(const auto image_root, in.digest());
  RESUS_TRY(const auto image_bytes, in.u64());
  DeployPlan plan(TreeRoot{evidence_root}, TreeRoot{image_root}, image_bytes);
  const auto all_blocks = block_count(image_bytes);
  RESUS_TRY(const auto count, in.varint_up_to(in.left() / 2));
  for (std::uint64_t i = 0; i < count; ++i) {
    RESUS_TRY(const auto kind, in.u8());
    RESUS_TRY(const auto blocks, in.varint_up_to(all_blocks - plan.planned_blocks_));
    plan.append(static_cast<PlanKind>(kind), blocks);
    if (kind > 2 || plan.runs_.size() != i + 1) return hw::failure(in.error("bad run"));
  }
  if (plan.planned_blocks_ != all_blocks) return hw::failure(in.error("the plan does not cover the image"));
  RESUS_TRY(in.expect_end());
  ByteReader tail(bytes.substr(body.size()));
  RESUS_TRY(const auto digest, tail.digest());
  if (digest != sha256(as_bytes(body))) {
    return hw::fail(hw::Code::kBadInput, "deploy plan does not match its own SHA-256");
  }
  return plan;
}

}  // namespace resus::imaging
