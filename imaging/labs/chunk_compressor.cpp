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

std::size_t ChunkCompressor::fast(std::span<const std::byte> chunk) {
  isal_zstream stream;
  isal_deflate_stateless_init(&stream);
  stream.next_in = const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(chunk.data()));  // read only
  stream.avail_in = static_cast<std::uint32_t>(chunk.size());
  stream.next_out = reinterpret_cast<std::uint8_t*>(scratch_.data());
  stream.avail_out = static_cast<std::uint32_t>(scratch_.size());
  stream.level = kFastLevel;
  stream.level_buf = reinterpret_cast<std::uint8_t*>(work_.data());
  stream.level_buf_size = static_cast<std::uint32_t>(work_.size());
  stream.gzip_flag = IGZIP_ZLIB;
  stream.end_of_stream = 1;
  return isal_deflate_stateless(&stream) == COMP_OK ? stream.total_out : 0;
}

std::size_t ChunkCompressor::best(std::span<const std::byte> chunk) {
  return libdeflate_zlib_compress(best_.get(), chunk.data(), chunk.size(), scratch_.data(), scratch_.size());
}

bool ChunkCompressor::append(std::span<const std::byte> chunk, std::string& out) {
  if (how_ == e01::Compression::kNone) {
    out += as_text(chunk);
  } else {
    const bool zero = is_zero(chunk);
    if (zero && zero_bytes_ == chunk.size()) {
      out += zero_chunk_;
      return true;
    }
    scratch_.resize(chunk.size());  // what does not fit is not shorter
    const auto length = how_ == e01::Compression::kFast ? fast(chunk) : best(chunk);
    if (length > 0 && length < chunk.size()) {
      out.append(scratch_, 0, length);
      if (zero) {
        zero_chunk_.assign(scratch_, 0, length);
        zero_bytes_ = chunk.size();
      }
      return true;
    }
    out += as_text(chunk);
  }
  ByteWriter checksum;
  checksum.u32(e01::adler32(as_text(chunk)));
  out += checksum.view();
  return false;
}

}  // namespace resus::imaging
