#include "web/depot/disk_description.hpp"

#include <algorithm>
#include <cstring>

#include "imaging/gpt.hpp"

namespace resus::depot {
namespace {

constexpr std::string_view kEspType = "C12A7328-F81F-11D2-BA4B-00A0C93EC93B";
constexpr std::string_view kBiosBootType = "21686148-6449-6E6F-744E-656564454649";
constexpr std::size_t kBootCodeBytes = 440;

bool same_guid(std::string_view left, std::string_view right) {
  return std::ranges::equal(left, right, [](char a, char b) { return std::toupper(a) == std::toupper(b); });
}

/// "both", "uefi" or "bios": an ESP boots UEFI; boot code in the MBR boots a BIOS.
hw::Result<std::string> boot_mode(hw::DiskReader& disk, const imaging::PartitionTable& table) {
  std::array<std::byte, kBootCodeBytes> code{};
  RESUS_TRY(read_bytes(disk, 0, code));
  const bool bios = std::ranges::any_of(code, [](std::byte b) { return b != std::byte{}; }) ||
                    std::ranges::any_of(table.partitions, [](const imaging::Partition& p) {
                      return same_guid(p.type, kBiosBootType);
                    });
  const bool uefi = std::ranges::any_of(
      table.partitions, [](const imaging::Partition& p) { return same_guid(p.type, kEspType); });
  return std::string(bios && uefi ? "both" : uefi ? "uefi" : "bios");
}

}  // namespace

hw::Result<void> read_bytes(hw::DiskReader& disk, std::uint64_t offset_bytes, std::span<std::byte> out) {
  const std::uint64_t size = disk.identity().size_bytes;
  if (offset_bytes > size || out.size() > size - offset_bytes)
    return hw::fail(hw::Code::kUsage, "read beyond the end of " + disk.identity().path);
  const std::uint64_t first = offset_bytes / hw::kBufferAlignment * hw::kBufferAlignment;
  const std::uint64_t last = std::min(
      size, (offset_bytes + out.size() + hw::kBufferAlignment - 1) / hw::kBufferAlignment * hw::kBufferAlignment);
  hw::IoBuffer buffer(static_cast<std::size_t>(last - first));
  RESUS_TRY(disk.submit(0, first, buffer.bytes()));
  RESUS_TRY(const hw::ReadDone done, disk.wait());
  if (done.status != hw::ReadStatus::kOk)
    return hw::fail(hw::Code::kRead, "read " + disk.identity().path + " at byte " + std::to_string(first));
  std::memcpy(out.data(), buffer.bytes().data() + (offset_bytes - first), out.size());
  return hw::success();
}

hw::Result<imaging::ImageDescription> describe_disk(hw::PartitionProbe& partitions, const hw::Clock& clock,
                                                    hw::DiskReader& disk, const std::string& name) {
  const auto& identity = disk.identity();
  const imaging::ReadAt read = [&disk](std::uint64_t offset, std::span<std::byte> out) {
    return read_bytes(disk, offset, out);
  };
  RESUS_TRY(auto table, imaging::read_partition_table({identity.size_bytes, identity.logical_sector_bytes}, read));
  for (auto& partition : table.partitions) {
    RESUS_TRY(partition.file_system, partitions.file_system(identity.path, partition.offset_bytes, partition.length_bytes));
  }
  imaging::ImageDescription description;
  RESUS_TRY(description.boot_mode, boot_mode(disk, table));
  description.name = name;
  description.partition_table = table.kind;
  description.partitions = std::move(table.partitions);
  description.created_at = hw::to_rfc3339(clock.now());
  description.tool = "resus " RESUS_VERSION;
  return description;
}

}  // namespace resus::depot
