#include "imaging/disk_patch.hpp"

#include <algorithm>

namespace resus::imaging {
namespace {

Result<void> apply(hw::DiskWriter& writer, const DiskPatch& patch) {
  const std::string where = "patch at byte " + std::to_string(patch.offset_bytes);
  if (patch.offset_bytes % writer.identity().logical_sector_bytes != 0 ||
      patch.bytes.size() % writer.identity().logical_sector_bytes != 0)
    return hw::fail(hw::Code::kInternal, where + " is not made of whole sectors");
  hw::IoBuffer out(patch.bytes.size());
  std::ranges::copy(patch.bytes, out.bytes().begin());
  RESUS_TRY(writer.submit(0, patch.offset_bytes, std::as_const(out).bytes()));
  RESUS_TRY(writer.wait());
  RESUS_TRY(writer.sync());
  hw::IoBuffer back(patch.bytes.size());
  RESUS_TRY(writer.read_back(patch.offset_bytes, back.bytes()));
  if (!std::ranges::equal(patch.bytes, back.bytes())) return hw::fail(hw::Code::kReadBack, where);
  return hw::success();
}

}  // namespace

Result<void> apply_patches(WritableDisk& disk, std::span<const DiskPatch> patches) {
  for (const auto& patch : patches) {
    RESUS_TRY(apply(disk.writer(), patch));
  }
  return hw::success();
}

}  // namespace resus::imaging
