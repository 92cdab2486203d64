#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

#include "imaging/restore/unpack.hpp"

namespace resus::imaging {
namespace {

using hw::Code;
using hw::fail;

const std::uint8_t* bytes_of(std::span<const std::byte> s) { return reinterpret_cast<const std::uint8_t*>(s.data()); }

class PlainCodec : public Codec {
 public:
  std::string_view name() const override { return "none"; }
  Result<Step> run(std::span<const std::byte> in, std::span<std::byte> out, bool /*last_input*/) override {
    const std::size_t size = std::min(in.size(), out.size());
    std::copy_n(in.begin(), size, out.begin());
    return Step{.consumed = size, .produced = size, .whole = true};
  }
};

/// Members one after the other (RFC 1952), then zeros as tapes have them.
class GzipCodec : public Codec {
 public:
  GzipCodec() {
    if (inflateInit2(&stream_, 16 + MAX_WBITS) != Z_OK) throw std::bad_alloc();
  }
  ~GzipCodec() override { inflateEnd(&stream_); }
  std::string_view name() const override { return "gzip"; }

  Result<Step> run(std::span<const std::byte> in, std::span<std::byte> out, bool /*last_input*/) override {
    if (member_ended_ && !in.empty()) {
      const auto padding = std::find_if(in.begin(), in.end(), [](std::byte b) { return b != std::byte{0}; });
      if (padding != in.begin()) {
        return Step{.consumed = static_cast<std::size_t>(padding - in.begin()), .produced = 0, .whole = true};
      }
      inflateReset(&stream_);
      member_ended_ = false;
    }
    stream_.next_in = const_cast<Bytef*>(bytes_of(in));
    stream_.avail_in = static_cast<uInt>(in.size());
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = static_cast<uInt>(out.size());
    const int status = inflate(&stream_, Z_NO_FLUSH);
    if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR) {
      return fail(Code::kArchive, std::string("damaged gzip data: ") + (stream_.msg ? stream_.msg : "wrong data"));
    }
    member_ended_ = status == Z_STREAM_END;
    return Step{.consumed = in.size() - stream_.avail_in, .produced = out.size() - stream_.avail_out,
                .whole = member_ended_};
  }

 private:
  z_stream stream_{};
  bool member_ended_ = false;
};

class XzCodec : public Codec {
 public:
  XzCodec() {
    // The largest dictionary `xz -9` makes is 64 MiB; more is an attack on our memory.
    constexpr std::uint64_t kMemory = 192ULL << 20;
    if (lzma_stream_decoder(&stream_, kMemory, LZMA_CONCATENATED) != LZMA_OK) throw std::bad_alloc();
  }
  ~XzCodec() override { lzma_end(&stream_); }
  std::string_view name() const override { return "xz"; }

  Result<Step> run(std::span<const std::byte> in, std::span<std::byte> out, bool last_input) override {
    stream_.next_in = bytes_of(in);
    stream_.avail_in = in.size();
    stream_.next_out = reinterpret_cast<std::uint8_t*>(out.data());
    stream_.avail_out = out.size();
    const lzma_ret status = lzma_code(&stream_, last_input ? LZMA_FINISH : LZMA_RUN);
    if (status == LZMA_MEMLIMIT_ERROR) return fail(Code::kArchiveLimit, "xz data ask for too much memory");
    if (status != LZMA_OK && status != LZMA_STREAM_END && status != LZMA_BUF_ERROR) {
      return fail(Code::kArchive, "damaged xz data");
    }
    return Step{.consumed = in.size() - stream_.avail_in, .produced = out.size() - stream_.avail_out,
                .whole = status == LZMA_STREAM_END};
  }

 private:
  lzma_stream stream_ = LZMA_STREAM_INIT;
};

class ZstdCodec : public Codec {
 public:
  ZstdCodec() : stream_(ZSTD_createDCtx()) {
    if (!stream_) throw std::bad_alloc();
    // 128 MiB, what `zstd --long` makes.
    ZSTD_DCtx_setParameter(stream_.get(), ZSTD_d_windowLogMax, 27);
  }
  std::string_view name() const override { return "zstd"; }

  Result<Step> run(std::span<const std::byte> in, std::span<std::byte> out, bool /*last_input*/) override {
    ZSTD_inBuffer input{in.data(), in.size(), 0};
    ZSTD_outBuffer output{out.data(), out.size(), 0};
    const std::size_t hint = ZSTD_decompressStream(stream_.get(), &output, &input);
    if (ZSTD_isError(hint) != 0) {
      return fail(Code::kArchive, std::string("damaged zstd data: ") + ZSTD_getErrorName(hint));
    }
    return Step{.consumed = input.pos, .produced = output.pos, .whole = hint == 0};
  }

 private:
  struct Free {
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
  };
  std::unique_ptr<ZSTD_DCtx, Free> stream_;
};

template <std::size_t N>
bool starts_with(std::span<const std::byte> head, const std::array<std::uint8_t, N>& magic) {
  return head.size() >= N && std::memcmp(head.data(), magic.data(), N) == 0;
}

}  // namespace

std::unique_ptr<Codec> codec_for(std::span<const std::byte> head) {
  if (starts_with<2>(head, {0x1f, 0x8b})) return std::make_unique<GzipCodec>();
  if (starts_with<6>(head, {0xfd, '7', 'z', 'X', 'Z', 0})) return std::make_unique<XzCodec>();
  if (starts_with<4>(head, {0x28, 0xb5, 0x2f, 0xfd})) return std::make_unique<ZstdCodec>();
  return std::make_unique<PlainCodec>();
}

}  // namespace resus::imaging
