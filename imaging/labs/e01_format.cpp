#include "imaging/labs/e01_format.hpp"

#include <libdeflate.h>

#include <algorithm>

#include "imaging/bytes.hpp"

namespace resus::imaging::e01 {
namespace {

constexpr std::array<std::string_view, 3> kCompressionNames{"none", "fast", "best"};
constexpr std::uint64_t kReadableChunks = std::uint64_t{1} << 27;  // libewf 20140813, measured
constexpr std::uint32_t kSmallestChunk = 32 * 1024;
constexpr std::uint32_t kLargestChunk = 256 * 1024;
constexpr std::uint32_t kDefaultSector = 512;
constexpr std::uint64_t kMostSectorNumber = 0xffffffff;

constexpr std::uint8_t kMediaRemovable = 0x00, kMediaFixed = 0x01;
constexpr std::uint8_t kFlagsImageOfPhysicalDisk = 0x01 | 0x02;

void zeros(ByteWriter& out, std::size_t count) { out.text(std::string(count, '\0')); }

std::string with_adler(ByteWriter out) {
  out.u32(adler32(out.view()));
  return out.take();
}

Result<std::string> from_hex(const std::string& hex, std::size_t bytes) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string raw;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    const auto high = kDigits.find(hex[i]), low = kDigits.find(hex[i + 1]);
    if (high == std::string_view::npos || low == std::string_view::npos) break;
    raw.push_back(static_cast<char>(high * 16 + low));
  }
  if (raw.size() != bytes || hex.size() != 2 * bytes) return hw::fail(hw::Code::kInternal, "'" + hex + "' is no hash of this kind");
  return raw;
}

}  // namespace

std::string_view name_of(Compression compression) { return kCompressionNames[static_cast<std::size_t>(compression)]; }

Result<Compression> compression_of(std::string_view name) {
  const auto found = std::ranges::find(kCompressionNames, name);
  if (found == kCompressionNames.end()) return hw::fail(hw::Code::kUsage, "compression is none, fast or best, not '" + std::string(name) + "'");
  return static_cast<Compression>(found - kCompressionNames.begin());
}

std::uint32_t adler32(std::string_view bytes) { return libdeflate_adler32(1, bytes.data(), bytes.size()); }

Result<Geometry> geometry_of(std::uint64_t disk_bytes, std::uint32_t sector_bytes) {
  if (disk_bytes == 0 || disk_bytes % kDefaultSector != 0) {
    return hw::fail(hw::Code::kUsage, "an E01 file counts whole sectors, and " + std::to_string(disk_bytes) +
                                          " bytes are no multiple of 512; export it as raw");
  }
  const bool usable = sector_bytes >= kDefaultSector && sector_bytes <= kSmallestChunk && kSmallestChunk % sector_bytes == 0 &&
                      disk_bytes % sector_bytes == 0;
  Geometry geometry{.disk_bytes = disk_bytes, .sector_bytes = usable ? sector_bytes : kDefaultSector};
  geometry.chunk_sectors = kSmallestChunk / geometry.sector_bytes;
  while (geometry.chunks() >= kReadableChunks && geometry.chunk_bytes() < kLargestChunk) geometry.chunk_sectors *= 2;
  if (geometry.chunks() > 0xffffffff) return hw::fail(hw::Code::kUsage, "the disk has more chunks than an E01 file can count; export it as raw");
  return geometry;
}

std::string extension_of(std::uint32_t segment) {
  if (segment <= 99) return std::string(".E") + static_cast<char>('0' + segment / 10) + static_cast<char>('0' + segment % 10);
  const auto number = segment - 100;
  return {'.', static_cast<char>('E' + number / (26 * 26)), static_cast<char>('A' + number / 26 % 26), static_cast<char>('A' + number % 26)};
}

std::string segment_header(std::uint16_t segment) {
  ByteWriter out;
  out.text(std::string_view("EVF\x09\x0d\x0a\xff\x00", 8));
  out.u8(1);
  out.u16(segment);
  out.u16(0);
  return out.take();
}

std::string section_header(std::string_view type, std::uint64_t at, std::uint64_t payload_bytes, bool last) {
  ByteWriter out;
  out.text(type);
  zeros(out, 16 - type.size());
  const auto size = kSectionHeaderBytes + payload_bytes;
  out.u64(last ? at : at + size);
  out.u64(size);
  zeros(out, 40);
  return with_adler(std::move(out));
}

std::string volume_payload(const Geometry& geometry, const CaseData& data) {
  ByteWriter out;
  out.u32(data.removable ? kMediaRemovable : kMediaFixed);
  out.u32(static_cast<std::uint32_t>(geometry.chunks()));
  out.u32(geometry.chunk_sectors);
  out.u32(geometry.sector_bytes);
  out.u64(geometry.sectors());
  zeros(out, 12);  // cylinders, heads, sectors: nobody has them any more
  out.u32(kFlagsImageOfPhysicalDisk);
  zeros(out, 12);
  out.u32(static_cast<std::uint32_t>(data.compression));
  out.u32(1);  // sectors lost with one read error: ours are exact
  zeros(out, 4);
  out.text({reinterpret_cast<const char*>(data.set_id.data()), data.set_id.size()});
  zeros(out, kVolumeBytes - 4 - out.view().size());
  return with_adler(std::move(out));
}

std::string table_payload(std::uint64_t base, std::span<const std::uint32_t> entries) {
  ByteWriter head;
  head.u32(static_cast<std::uint32_t>(entries.size()));
  head.u32(0);
  head.u64(base);
  head.u32(0);
  ByteWriter list;
  list.reserve(4 * entries.size() + 4);
  for (const auto entry : entries) list.u32(entry);
  return with_adler(std::move(head)) + with_adler(std::move(list));
}

std::string error2_payload(const Geometry& geometry, std::span<const UnreadableRange> ranges) {
  struct Sectors {
    std::uint64_t first = 0, end = 0;
  };
  std::vector<Sectors> named;
  for (const auto& range : ranges) {
    const auto first = range.offset_bytes / geometry.sector_bytes;
    const auto end = (range.offset_bytes + range.length_bytes + geometry.sector_bytes - 1) / geometry.sector_bytes;
    if (first > kMostSectorNumber || end - first > kMostSectorNumber) continue;
    if (!named.empty() && named.back().end >= first) named.back().end = std::max(named.back().end, end);
    else named.push_back({first, end});
  }
  if (named.empty()) return {};
  ByteWriter head;
  head.u32(static_cast<std::uint32_t>(named.size()));
  zeros(head, 512);
  ByteWriter list;
  for (const auto& [first, end] : named) {
    list.u32(static_cast<std::uint32_t>(first));
    list.u32(static_cast<std::uint32_t>(std::min(end - first, kMostSectorNumber)));
  }
  return with_adler(std::move(head)) + with_adler(std::move(list));
}

Result<std::string> digest_payload(const Hashes& hashes) {
  RESUS_TRY(const auto md5, from_hex(hashes.md5, 16));
  RESUS_TRY(const auto sha1, from_hex(hashes.sha1, 20));
  ByteWriter out;
  out.text(md5);
  out.text(sha1);
  zeros(out, 40);
  return with_adler(std::move(out));
}

Result<std::string> hash_payload(const Hashes& hashes) {
  RESUS_TRY(const auto md5, from_hex(hashes.md5, 16));
  ByteWriter out;
  out.text(md5);
  zeros(out, 16);
  return with_adler(std::move(out));
}

}  // namespace resus::imaging::e01
