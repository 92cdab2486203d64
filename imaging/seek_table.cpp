// The seek table of the zstd seekable format. Source: zstd contrib/seekable_format, format 0.1.0.
#include <limits>

#include "imaging/bytes.hpp"
#include "imaging/pack.hpp"

namespace resus::imaging {
namespace {

constexpr std::uint32_t kTableMagic = 0x184D2A5E;
constexpr std::uint32_t kFooterMagic = 0x8F92EAB1;
constexpr std::size_t kFooterBytes = 9;
constexpr std::size_t kHeadBytes = 8;
constexpr std::size_t kEntryBytes = 8;

Result<FrameEntry> decode_pair(ByteReader& in, std::uint64_t offset_bytes) {
  FrameEntry entry{.offset_bytes = offset_bytes};
  RESUS_TRY(entry.compressed_bytes, in.u32());
  RESUS_TRY(entry.raw_bytes, in.u32());
  RESUS_TRY(const auto id_bytes, in.u32());
  RESUS_TRY(const auto id_raw_bytes, in.u32());
  const bool fits = entry.raw_bytes > 0 && entry.raw_bytes <= kSegmentBytes && id_raw_bytes == 0 &&
                    entry.compressed_bytes > 0 && entry.compressed_bytes <= max_compressed_bytes() &&
                    id_bytes == id_frame_bytes(entry.blocks());
  if (!fits) return hw::failure(in.error("seek table entry of impossible size"));
  return entry;
}

}  // namespace

std::string encode_seek_table(std::span<const FrameEntry> frames) {
  ByteWriter out;
  const auto entries = frames.size() * 2;
  out.reserve(kHeadBytes + entries * kEntryBytes + kFooterBytes);
  out.u32(kTableMagic);
  out.u32(static_cast<std::uint32_t>(entries * kEntryBytes + kFooterBytes));
  for (const auto& frame : frames) {
    out.u32(frame.compressed_bytes);
    out.u32(frame.raw_bytes);
    out.u32(static_cast<std::uint32_t>(id_frame_bytes(frame.blocks())));
    out.u32(0);
  }
  out.u32(static_cast<std::uint32_t>(entries));
  out.u8(0);
  out.u32(kFooterMagic);
  return out.take();
}

std::uint64_t seek_table_bytes(std::string_view footer) {
  ByteReader in(footer);
  const auto entries = in.u32();
  const auto descriptor = in.u8();
  const auto magic = in.u32();
  if (!entries || !descriptor || !magic || descriptor.value() != 0 || magic.value() != kFooterMagic) return 0;
  return kHeadBytes + std::uint64_t{entries.value()} * kEntryBytes + kFooterBytes;
}

Result<std::vector<FrameEntry>> decode_seek_table(std::string_view table, std::uint64_t file_bytes) {
  if (table.size() < kHeadBytes + kFooterBytes || table.size() > file_bytes ||
      seek_table_bytes(table.substr(table.size() - kFooterBytes)) != table.size()) {
    return hw::fail(hw::Code::kBadInput, "no seek table");
  }
  ByteReader in(table);
  RESUS_TRY(const auto magic, in.u32());
  RESUS_TRY(const auto payload_bytes, in.u32());
  if (magic != kTableMagic || payload_bytes != table.size() - kHeadBytes) {
    return hw::failure(in.error("seek table with a wrong head"));
  }
  const auto entries = (payload_bytes - kFooterBytes) / kEntryBytes;
  if (entries % 2 != 0) return hw::failure(in.error("seek table with an odd number of frames"));
  std::vector<FrameEntry> frames;
  frames.reserve(entries / 2);
  std::uint64_t offset = 0;
  for (std::size_t i = 0; i < entries / 2; ++i) {
    RESUS_TRY(const auto entry, decode_pair(in, offset));
    offset += entry.compressed_bytes + id_frame_bytes(entry.blocks());
    frames.push_back(entry);
  }
  if (offset + table.size() != file_bytes) return hw::failure(in.error("seek table does not fit the file"));
  return frames;
}

}  // namespace resus::imaging
