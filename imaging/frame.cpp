#include "imaging/frame.hpp"

#include <zstd.h>

#include <bit>
#include <cstring>
#include <new>

#include "imaging/bytes.hpp"
#include "imaging/sha256.hpp"

namespace resus::imaging {
namespace {

constexpr std::uint32_t kIdFrameMagic = 0x184D2A5D;
constexpr std::string_view kIdMagic = "RSID";
constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kIdHeadBytes = 24;
constexpr std::size_t kIdTailBytes = 8;
constexpr std::uint8_t kChecksumFlag = 0x04;  // RFC 8878 section 3.1.1.1.1, bit 2

Result<void> damaged(std::string what) { return hw::fail(hw::Code::kEvidenceDamaged, std::move(what)); }

struct DecompressFree {
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

ZSTD_DCtx* decompressor() {
  thread_local std::unique_ptr<ZSTD_DCtx, DecompressFree> context(ZSTD_createDCtx());
  if (!context) throw std::bad_alloc();
  return context.get();
}

/// For beginnings: no frame of ours looks back further than its own length, so a hostile one gets no more memory than that.
ZSTD_DCtx* front_decompressor() {
  thread_local const auto context = [] {
    std::unique_ptr<ZSTD_DCtx, DecompressFree> made(ZSTD_createDCtx());
    if (!made) throw std::bad_alloc();
    ZSTD_DCtx_setParameter(made.get(), ZSTD_d_windowLogMax, std::bit_width(kSegmentBytes - 1));
    return made;
  }();
  return context.get();
}

bool has_checksum(std::span<const std::byte> compressed) {
  return compressed.size() > 4 && (std::to_integer<std::uint8_t>(compressed[4]) & kChecksumFlag) != 0;
}

bool shape_fits(std::uint64_t blocks, std::uint64_t raw_bytes) {
  return blocks >= 1 && blocks <= kBlocksPerSegment && raw_bytes > (blocks - 1) * kBlockBytes &&
         raw_bytes <= blocks * kBlockBytes;
}

Result<IdFrame> decode_payload(ByteReader& in) {
  IdFrame frame;
  RESUS_TRY(in.expect(kIdMagic, "an id frame"));
  RESUS_TRY(const auto version, in.u8());
  RESUS_TRY(const auto flags, in.u8());
  if (version != kVersion || flags != 0) {
    return hw::failure(in.error("id frame version " + std::to_string(version) + " is not known"));
  }
  RESUS_TRY(const auto count, in.u16());
  RESUS_TRY(frame.raw_bytes, in.u32());
  RESUS_TRY(frame.compressed_bytes, in.u32());
  RESUS_TRY(frame.sequence, in.u64());
  if (!shape_fits(count, frame.raw_bytes)) return hw::failure(in.error("id frame of impossible size"));
  RESUS_TRY(const auto ids, in.text(std::size_t{count} * 32));
  frame.ids.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    std::memcpy(frame.ids[i].bytes.data(), ids.data() + 32 * i, 32);
  }
  return frame;
}

}  // namespace

std::size_t max_compressed_bytes() { return ZSTD_compressBound(kSegmentBytes); }

FrameCompressor::FrameCompressor(int level) : context_(ZSTD_createCCtx()), scratch_(max_compressed_bytes()) {
  if (!context_) throw std::bad_alloc();
  auto* context = static_cast<ZSTD_CCtx*>(context_.get());
  ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level);
  ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
}

void FrameCompressor::Free::operator()(void* context) const { ZSTD_freeCCtx(static_cast<ZSTD_CCtx*>(context)); }

Result<Frame> FrameCompressor::compress(std::span<const BlockId> ids, std::span<const std::byte> raw) {
  if (!shape_fits(ids.size(), raw.size())) return hw::fail(hw::Code::kInternal, "frame of impossible size");
  auto* context = static_cast<ZSTD_CCtx*>(context_.get());
  const auto size = ZSTD_compress2(context, scratch_.data(), scratch_.size(), raw.data(), raw.size());
  if (ZSTD_isError(size) != 0) return hw::fail(hw::Code::kInternal, ZSTD_getErrorName(size));
  return Frame{.ids = {ids.begin(), ids.end()},
               .raw_bytes = static_cast<std::uint32_t>(raw.size()),
               .compressed = {scratch_.begin(), scratch_.begin() + static_cast<std::ptrdiff_t>(size)}};
}

FrameBuilder::FrameBuilder(int level) : compressor_(level), raw_(kSegmentBytes) {
  ids_.reserve(kBlocksPerSegment);
}

void FrameBuilder::add(const BlockId& id, std::span<const std::byte> block) {
  std::memcpy(raw_.data() + raw_bytes_, block.data(), block.size());
  raw_bytes_ += block.size();
  ids_.push_back(id);
}

Result<Frame> FrameBuilder::finish() {
  auto frame = compressor_.compress(ids_, std::span(raw_).first(raw_bytes_));
  ids_.clear();
  raw_bytes_ = 0;
  return frame;
}

Result<void> decompress_frame(std::span<const std::byte> compressed, std::span<std::byte> raw_out) {
  if (ZSTD_getFrameContentSize(compressed.data(), compressed.size()) != raw_out.size()) {
    return damaged("frame does not announce its size");
  }
  if (ZSTD_findFrameCompressedSize(compressed.data(), compressed.size()) != compressed.size() ||
      !has_checksum(compressed)) {
    return damaged("not one zstd frame with a checksum");
  }
  const auto size = ZSTD_decompressDCtx(decompressor(), raw_out.data(), raw_out.size(), compressed.data(),
                                        compressed.size());
  if (ZSTD_isError(size) != 0) return damaged(std::string("zstd: ") + ZSTD_getErrorName(size));
  if (size != raw_out.size()) return damaged("frame holds fewer bytes than announced");
  return hw::success();
}

Result<void> decompress_front(std::size_t raw_bytes, const std::function<Result<std::span<const std::byte>>()>& next,
                              std::span<std::byte> front_out) {
  auto* context = front_decompressor();
  ZSTD_DCtx_reset(context, ZSTD_reset_session_only);
  ZSTD_outBuffer out{front_out.data(), front_out.size(), 0};
  for (bool first = true; out.pos < out.size; first = false) {
    RESUS_TRY(const auto piece, next());
    if (piece.empty()) return damaged("frame ends early");
    if (first && ZSTD_getFrameContentSize(piece.data(), piece.size()) != raw_bytes) return damaged("frame does not announce its size");
    for (ZSTD_inBuffer in{piece.data(), piece.size(), 0}; in.pos < in.size && out.pos < out.size;) {
      const auto wanted = ZSTD_decompressStream(context, &out, &in);
      if (ZSTD_isError(wanted) != 0) return damaged(std::string("zstd: ") + ZSTD_getErrorName(wanted));
      if (wanted == 0 && out.pos < out.size) return damaged("frame holds fewer bytes than announced");
    }
  }
  return hw::success();
}

Result<void> check_frame_shape(const Frame& frame) {
  if (!shape_fits(frame.ids.size(), frame.raw_bytes)) return damaged("frame of impossible size");
  if (frame.compressed.empty() || frame.compressed.size() > max_compressed_bytes()) {
    return damaged("compressed frame of impossible size");
  }
  return hw::success();
}

Result<void> check_frame(const Frame& frame, std::vector<std::byte>& raw_out) {
  RESUS_TRY(check_frame_shape(frame));
  raw_out.resize(frame.raw_bytes);
  RESUS_TRY(decompress_frame(frame.compressed, raw_out));
  const auto wrong = first_wrong_block(raw_out, frame.ids);
  if (wrong == frame.ids.size()) return hw::success();
  return damaged("block " + std::to_string(wrong) + " of the frame does not hash to its id");
}

std::string encode_id_frame(const Frame& frame, std::uint64_t sequence) {
  const auto payload_bytes = id_frame_bytes(frame.ids.size()) - 8;
  ByteWriter out;
  out.reserve(payload_bytes + 8);
  out.u32(kIdFrameMagic);
  out.u32(static_cast<std::uint32_t>(payload_bytes));
  out.text(kIdMagic);
  out.u8(kVersion);
  out.u8(0);
  out.u16(static_cast<std::uint16_t>(frame.ids.size()));
  out.u32(frame.raw_bytes);
  out.u32(static_cast<std::uint32_t>(frame.compressed.size()));
  out.u64(sequence);
  for (const auto& id : frame.ids) out.digest(id);
  const auto digest = sha256(as_bytes(std::string_view(out.view()).substr(8)));
  out.text(as_text(std::as_bytes(std::span(digest.bytes))).substr(0, kIdTailBytes));
  return out.take();
}

Result<IdFrame> decode_id_frame(std::string_view bytes) {
  ByteReader in(bytes);
  RESUS_TRY(const auto magic, in.u32());
  RESUS_TRY(const auto payload_bytes, in.u32());
  if (magic != kIdFrameMagic || payload_bytes < kIdHeadBytes + kIdTailBytes || payload_bytes > in.left()) {
    return hw::failure(in.error("no whole id frame"));
  }
  RESUS_TRY(auto frame, decode_payload(in));
  if (payload_bytes + 8 != id_frame_bytes(frame.ids.size())) return hw::failure(in.error("id frame of wrong length"));
  const auto digest = sha256(as_bytes(bytes.substr(8, payload_bytes - kIdTailBytes)));
  RESUS_TRY(in.expect(as_text(std::as_bytes(std::span(digest.bytes))).substr(0, kIdTailBytes), "a whole id frame"));
  return frame;
}

}  // namespace resus::imaging
