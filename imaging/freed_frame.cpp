// What stands where a frame was that nobody needs any more. imaging/FORMAT.md section 16.
#include "imaging/bytes.hpp"
#include "imaging/pack.hpp"

namespace resus::imaging {
namespace {

constexpr std::uint32_t kFreedMagic = 0x184D2A5C;  // a skippable frame: any zstd decoder passes over it
constexpr std::string_view kFreedText = "RSHL";
constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kTailBytes = 8;
static_assert(kFreedHeadBytes == 8 + 24 + kTailBytes);

std::string tail_of(std::string_view payload) {
  const auto digest = sha256(as_bytes(payload));
  return std::string(as_text(std::as_bytes(std::span(digest.bytes))).substr(0, kTailBytes));
}

}  // namespace

std::string encode_freed_head(const FrameEntry& entry, std::uint64_t sequence) {
  ByteWriter out;
  out.u32(kFreedMagic);
  out.u32(static_cast<std::uint32_t>(entry.pair_bytes() - 8));
  out.text(kFreedText);
  out.u8(kVersion);
  out.u8(0);
  out.u16(static_cast<std::uint16_t>(entry.blocks()));
  out.u32(entry.raw_bytes);
  out.u32(entry.compressed_bytes);
  out.u64(sequence);
  out.text(tail_of(std::string_view(out.view()).substr(8)));
  return out.take();
}

Result<FreedFrame> decode_freed_head(std::string_view bytes) {
  ByteReader in(bytes);
  RESUS_TRY(const auto magic, in.u32());
  RESUS_TRY(const auto payload_bytes, in.u32());
  if (magic != kFreedMagic || bytes.size() < kFreedHeadBytes) return hw::failure(in.error("no freed frame"));
  RESUS_TRY(in.expect(kFreedText, "a freed frame"));
  RESUS_TRY(const auto version, in.u8());
  RESUS_TRY(const auto flags, in.u8());
  RESUS_TRY(const auto blocks, in.u16());
  FreedFrame freed;
  RESUS_TRY(freed.entry.raw_bytes, in.u32());
  RESUS_TRY(freed.entry.compressed_bytes, in.u32());
  RESUS_TRY(freed.sequence, in.u64());
  RESUS_TRY(in.expect(tail_of(bytes.substr(8, 24)), "a whole freed frame"));
  const auto& entry = freed.entry;
  const bool fits = version == kVersion && flags == 0 && entry.raw_bytes > 0 && entry.raw_bytes <= kSegmentBytes && entry.blocks() == blocks &&
                    entry.compressed_bytes <= max_compressed_bytes() && payload_bytes + 8 == entry.pair_bytes();
  if (!fits) return hw::failure(in.error("freed frame of impossible size"));
  return freed;
}

bool Pack::freed(std::uint32_t frame) const {
  const auto where = entry(frame);
  if (!where) return false;
  {
    const std::shared_lock lock(mutex_);
    if (withdrawn_.contains(frame)) return true;
  }
  std::string head(kFreedHeadBytes, '\0');
  if (!file_->read(where.value().offset_bytes, std::as_writable_bytes(std::span(head)))) return false;
  const auto freed = decode_freed_head(head);
  return freed && freed.value().sequence == frame && freed.value().entry.pair_bytes() == where.value().pair_bytes();
}

}  // namespace resus::imaging
