#include "imaging/disk_survey.hpp"

#include <algorithm>
#include <cstring>

namespace resus::imaging {
namespace {

constexpr std::size_t kSignBytes = 4096;

bool stands_at(std::span<const std::byte> bytes, std::size_t at, std::string_view sign) {
  return bytes.size() >= at + sign.size() && std::memcmp(bytes.data() + at, sign.data(), sign.size()) == 0;
}

std::uint64_t little(std::span<const std::byte> bytes, std::size_t at, std::size_t length) {
  std::uint64_t value = 0;
  for (std::size_t i = length; i-- > 0;) value = value << 8 | std::to_integer<std::uint64_t>(bytes[at + i]);
  return value;
}

/// BitLocker To Go keeps a FAT header; the GUID {4967d63b-2e29-4ad8-8399-f6a339e3d001} tells it apart.
constexpr std::string_view kToGo{"\x3b\xd6\x67\x49\x29\x2e\xd8\x4a\x83\x99\xf6\xa3\x39\xe3\xd0\x01", 16};

/// Reads that need not be aligned, through an aligned buffer.
class SurveyReader {
 public:
  explicit SurveyReader(hw::DiskReader& disk) : disk_(disk), sector_(disk.identity().logical_sector_bytes) {}

  Result<void> read(std::uint64_t offset_bytes, std::span<std::byte> target) {
    const auto disk_bytes = disk_.identity().size_bytes;
    if (offset_bytes > disk_bytes || target.size() > disk_bytes - offset_bytes) return hw::fail(hw::Code::kRead, "beyond the disk's end");
    const auto begin = offset_bytes / sector_ * sector_;
    const auto end = std::min((offset_bytes + target.size() + sector_ - 1) / sector_ * sector_, disk_bytes);
    hw::IoBuffer buffer(end - begin);
    RESUS_TRY(disk_.submit(0, begin, buffer.bytes()));
    RESUS_TRY(const auto done, disk_.wait());
    if (done.status == hw::ReadStatus::kDeviceGone) return hw::fail(hw::Code::kDeviceGone, "survey " + disk_.identity().path);
    if (done.status != hw::ReadStatus::kOk) return hw::fail(hw::Code::kRead, "unreadable at byte " + std::to_string(begin));
    std::ranges::copy(std::span(buffer.bytes()).subspan(offset_bytes - begin, target.size()), target.begin());
    return hw::success();
  }

 private:
  hw::DiskReader& disk_;
  std::uint64_t sector_;
};

}  // namespace

std::string encryption_sign(std::span<const std::byte> begin) {
  if (stands_at(begin, 3, "-FVE-FS-")) return "BitLocker";
  if (stands_at(begin, 424, kToGo) && stands_at(begin, 3, "MSWIN4.1")) return "BitLocker To Go";
  if (stands_at(begin, 0, std::string_view("LUKS\xba\xbe", 6)) && begin.size() >= 8) {
    return "LUKS " + std::to_string(std::to_integer<unsigned>(begin[6]) << 8U | std::to_integer<unsigned>(begin[7]));
  }
  if (stands_at(begin, 88, "CS") && begin.size() >= 512 && little(begin, 8, 2) == 1) return "FileVault (CoreStorage)";
  if (stands_at(begin, 32, "NXSB") && begin.size() >= 1312 && little(begin, 1304, 8) > 0) return "APFS, encrypted";
  return {};
}

Result<DiskSurvey> survey_disk(hw::DiskReader& disk) {
  SurveyReader reader(disk);
  DiskSurvey survey;
  const auto& identity = disk.identity();
  const auto read = [&](std::uint64_t offset, std::span<std::byte> target) { return reader.read(offset, target); };
  auto table = read_partition_table({.size_bytes = identity.size_bytes, .sector_bytes = identity.logical_sector_bytes}, read);
  if (!table && table.error().code == hw::Code::kDeviceGone) return hw::failure(table.error());
  if (table) survey.table = std::move(table).value();
  else survey.table_problem = table.error().context;
  std::vector<std::uint64_t> volumes{0};
  for (const auto& partition : survey.table.partitions) volumes.push_back(partition.offset_bytes);
  for (const auto offset : volumes) {
    std::vector<std::byte> begin(static_cast<std::size_t>(std::min<std::uint64_t>(kSignBytes, identity.size_bytes - std::min(offset, identity.size_bytes))));
    if (auto got = reader.read(offset, begin); !got) {
      if (got.error().code == hw::Code::kDeviceGone) return hw::failure(got.error());
      continue;
    }
    if (auto kind = encryption_sign(begin); !kind.empty()) survey.encrypted.push_back({offset, std::move(kind)});
  }
  return survey;
}

}  // namespace resus::imaging
