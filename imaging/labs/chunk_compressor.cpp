#include "imaging/labs/chunk_compressor.hpp"

#include <isa-l/igzip_lib.h>
#include <libdeflate.h>

#include "imaging/bytes.hpp"

namespace resus::imaging {
namespace {

constexpr int kFastLevel = 1;
constexpr int kBestLevel = 9;

}  // namespace

void ChunkCompressor::Free::operator()(libdeflate_compressor* compressor) const { libdeflate_free_compressor(compressor); }

ChunkCompressor::ChunkCompressor(e01::Compression how) : how_(how) {
  if (how == e01::Compression::kBest) best_.reset(libdeflate_alloc_compressor(kBestLevel));
  if (how == e01::Compression::kFast) work_.resize(ISAL_DEF_LVL1_DEFAULT);
}

ChunkCompressor::~ChunkCompressor() = default;

std::size_t ChunkCompressor::fast(std::span<const std::byte> chunk, char* out) {
  isal_zstream stream;
  isal_deflate_stateless_init(&stream);
  stream.next_in = const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(chunk.data()));  // read only
  stream.avail_in = static_cast<std::uint32_t>(chunk.size());
  stream.next_out = reinterpret_cast<std::uint8_t*>(out);
  stream.avail_out = static_cast<std::uint32_t>(chunk.size());
  stream.level = kFastLevel;
  stream.level_buf = reinterpret_cast<std::uint8_t*>(work_.data());
  stream.level_buf_size = static_cast<std::uint32_t>(work_.size());
  stream.gzip_flag = IGZIP_ZLIB;
  stream.end_of_stream = 1;
  return isal_deflate_stateless(&stream) == COMP_OK ? stream.total_out : 0;
}

std::size_t ChunkCompressor::deflate(std::span<const std::byte> chunk, char* out) {
  const auto length = how_ == e01::Compression::kFast ? fast(chunk, out)
                                                      : libdeflate_zlib_compress(best_.get(), chunk.data(), chunk.size(), out, chunk.size());
  return length < chunk.size() ? length : 0;
}

bool ChunkCompressor::append(std::span<const std::byte> chunk, std::string& out) {
  const auto before = out.size();
  if (how_ != e01::Compression::kNone) {
    const bool zero = is_zero(chunk);
    if (zero && zero_bytes_ == chunk.size()) {
      out += zero_chunk_;
      return true;
    }
    out.resize(before + chunk.size());
    const auto length = deflate(chunk, out.data() + before);
    out.resize(before + length);
    if (zero && length > 0) {
      zero_chunk_ = out.substr(before);
      zero_bytes_ = chunk.size();
    }
    if (length > 0) return true;
  }
  out += as_text(chunk);
  ByteWriter checksum;
  checksum.u32(e01::adler32(as_text(chunk)));
  out += checksum.view();
  return false;
}

}  // namespace resus::imaging
