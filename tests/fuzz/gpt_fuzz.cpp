// The partition tables of a disk that may hold anything.
#include <cstdint>
#include <cstring>

#include "imaging/gpt.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace resus;
  const imaging::DiskShape disk{.size_bytes = size / 512 * 512};
  const imaging::ReadAt read = [&](std::uint64_t offset, std::span<std::byte> out) -> imaging::Result<void> {
    if (offset > disk.size_bytes || disk.size_bytes - offset < out.size()) __builtin_trap();  // the promise of ReadAt
    std::memcpy(out.data(), data + offset, out.size());
    return hw::success();
  };
  (void)imaging::read_partition_table(disk, read).has_value();
  const auto patches = imaging::relocate_backup_gpt(disk, read);
  if (!patches) return 0;
  for (const auto& patch : patches.value()) {  // nothing may be written beyond the disk
    if (patch.offset_bytes > disk.size_bytes || patch.bytes.size() > disk.size_bytes - patch.offset_bytes) __builtin_trap();
  }
  return 0;
}
