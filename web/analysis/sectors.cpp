#include "web/analysis/sectors.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace resus::analysis {
namespace {

constexpr std::uint64_t kSectorBytes = 512;
constexpr std::uint64_t kPieceBytes = 1 << 20;

struct Signature {
  std::string_view bytes;
  const char* name;
};
using namespace std::string_view_literals;
constexpr std::array kSignatures{
    Signature{"MZ"sv, "Windows program"},      Signature{"\x7f" "ELF"sv, "ELF program"},   Signature{"PK\x03\x04"sv, "ZIP archive"},
    Signature{"%PDF"sv, "PDF document"},        Signature{"SQLite format 3\0"sv, "SQLite database"},
    Signature{"\xff\xd8\xff"sv, "JPEG image"},  Signature{"\x89PNG"sv, "PNG image"},        Signature{"7z\xbc\xaf"sv, "7z archive"},
    Signature{"Rar!"sv, "RAR archive"},         Signature{"\x1f\x8b"sv, "gzip data"},       Signature{"regf"sv, "Windows registry"},
    Signature{"ElfFile\0"sv, "Windows event log"}, Signature{"FILE0"sv, "NTFS file record"}, Signature{"#!"sv, "script"}};

void add(std::vector<imaging::ByteRange>& ranges, std::uint64_t offset, std::uint64_t length) {
  if (!ranges.empty() && ranges.back().offset_bytes + ranges.back().length_bytes == offset) {
    ranges.back().length_bytes += length;
  } else {
    ranges.push_back({.offset_bytes = offset, .length_bytes = length});
  }
}

}  // namespace

hw::Result<std::vector<imaging::ByteRange>> differing_sectors(imaging::EvidenceReader& disk, imaging::EvidenceReader& golden,
                                                              imaging::ByteRange range, const std::stop_token& stop) {
  std::vector<imaging::ByteRange> ranges;
  std::vector<std::byte> now(kPieceBytes), then(kPieceBytes);
  const auto end = range.offset_bytes + range.length_bytes;
  for (auto at = range.offset_bytes; at < end; at += kPieceBytes) {
    if (stop.stop_requested()) return hw::fail(hw::Code::kCancelled, "the comparison was stopped");
    const auto count = std::min(kPieceBytes, end - at);
    RESUS_TRY(disk.read(at, std::span(now).first(count)));
    const auto golden_bytes = golden.map().disk_bytes();
    const auto there = at < golden_bytes ? std::min(count, golden_bytes - at) : 0;
    RESUS_TRY(golden.read(std::min(at, golden_bytes), std::span(then).first(there)));
    std::fill(then.begin() + static_cast<std::ptrdiff_t>(there), then.end(), std::byte{0});
    for (std::uint64_t into = 0; into < count; into += kSectorBytes) {
      const auto sector = std::span(now).subspan(into, std::min(kSectorBytes, count - into));
      if (std::memcmp(sector.data(), then.data() + into, sector.size()) == 0 || imaging::is_zero(sector)) continue;
      add(ranges, at + into, sector.size());
    }
  }
  return ranges;
}

hw::Result<std::string> looks_like(imaging::EvidenceReader& disk, imaging::ByteRange range) {
  std::array<std::byte, 16> bytes{};
  const auto head = std::span(bytes).first(std::min<std::uint64_t>(bytes.size(), range.length_bytes));
  RESUS_TRY(disk.read(range.offset_bytes, head));
  const std::string_view text(reinterpret_cast<const char*>(head.data()), head.size());
  for (const auto& signature : kSignatures) {
    if (text.starts_with(signature.bytes)) return std::string(signature.name);
  }
  return std::string();
}

}  // namespace resus::analysis
