#include "firmware/agent/patch.hpp"

#include <algorithm>
#include <cstring>

namespace resus::agent {

namespace {

/// The aligned range around another one.
struct Window {
  std::uint64_t offset_bytes;
  std::size_t size_bytes;
  std::size_t lead_bytes;  ///< from its begin to the range's
};

Window around(const hw::DiskIdentity& disk, std::uint64_t offset_bytes, std::size_t size_bytes) {
  const std::uint64_t unit = std::max<std::uint32_t>(disk.logical_sector_bytes, 1);
  const auto first = offset_bytes / unit * unit;
  const auto last = (offset_bytes + size_bytes + unit - 1) / unit * unit;
  return {.offset_bytes = first, .size_bytes = last - first, .lead_bytes = offset_bytes - first};
}

}  // namespace

hw::Result<void> read_any(hw::DiskWriter& disk, std::uint64_t offset_bytes, std::span<std::byte> buffer) {
  if (buffer.empty()) return hw::success();
  const auto window = around(disk.identity(), offset_bytes, buffer.size());
  hw::IoBuffer aligned(window.size_bytes);
  RESUS_TRY(disk.read_back(window.offset_bytes, aligned.bytes()));
  std::memcpy(buffer.data(), aligned.bytes().data() + window.lead_bytes, buffer.size());
  return hw::success();
}

hw::Result<void> apply_patches(hw::DiskWriter& disk, const std::vector<imaging::DiskPatch>& patches) {
  for (const auto& patch : patches) {
    if (patch.bytes.empty()) continue;
    const auto window = around(disk.identity(), patch.offset_bytes, patch.bytes.size());
    hw::IoBuffer wanted(window.size_bytes);
    hw::IoBuffer found(window.size_bytes);
    RESUS_TRY(disk.read_back(window.offset_bytes, wanted.bytes()));
    std::memcpy(wanted.bytes().data() + window.lead_bytes, patch.bytes.data(), patch.bytes.size());
    RESUS_TRY(disk.submit(0, window.offset_bytes, wanted.bytes()));
    RESUS_TRY(disk.wait());
    RESUS_TRY(disk.sync());
    RESUS_TRY(disk.read_back(window.offset_bytes, found.bytes()));
    if (!std::ranges::equal(wanted.bytes(), found.bytes())) {
      return hw::fail(hw::Code::kReadBack, "partition table at byte " + std::to_string(patch.offset_bytes));
    }
  }
  return hw::success();
}

}  // namespace resus::agent
