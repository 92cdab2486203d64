#pragma once
// Puts chunks into the segments of an E01 set. Sans-I/O: what is to be written goes to an E01Output.
#include "imaging/labs/e01_format.hpp"

namespace resus::imaging {

/// Where the segments of an E01 set go, one after the other. Threads: one.
class E01Output {
 public:
  virtual ~E01Output() = default;
  /// Segments count from 1. @pre the one before was ended
  [[nodiscard]] virtual Result<void> begin_segment(std::uint32_t number) = 0;
  [[nodiscard]] virtual Result<void> write(std::string_view bytes) = 0;
  /// Nothing more comes for this one.
  [[nodiscard]] virtual Result<void> end_segment() = 0;
};

/// One chunk as it stands in the file: a zlib stream, or the bytes with their Adler-32 behind them.
struct E01Chunk {
  std::string_view bytes;
  bool compressed = false;
};

/// A section's length stands before it, so chunks are gathered up to a table's worth, at most 32 MiB.
/// No segment becomes longer than asked, except by a list of unreadable sectors that alone is longer.
/// Errors: the output's; after one the set is worthless. Threads: one.
class E01Encoder {
 public:
  /// Smallest and usual length of a segment.
  static constexpr std::uint64_t kMinSegmentBytes = 1 << 20;
  static constexpr std::uint64_t kUsualSegmentBytes = 1'500'000'000;

  struct Setup {
    e01::Geometry geometry;
    e01::CaseData data;
    std::uint64_t segment_bytes = kUsualSegmentBytes;
  };
  /// Errors: kUsage when segments are shorter than kMinSegmentBytes, or so many could become necessary that names run out.
  [[nodiscard]] static Result<void> check(const Setup& setup);
  /// @pre check(). `out` outlives the object.
  E01Encoder(Setup setup, E01Output& out) : setup_(std::move(setup)), out_(out) {}

  /// The next chunk of the disk.
  [[nodiscard]] Result<void> add(const E01Chunk& chunk);
  /// Errors: kInternal unless every chunk was added.
  [[nodiscard]] Result<void> finish(const e01::Hashes& hashes, std::span<const UnreadableRange> unreadable);
  [[nodiscard]] std::uint32_t segments() const { return segment_; }

 private:
  [[nodiscard]] Result<void> put(std::string_view bytes);
  [[nodiscard]] Result<void> put_section(std::string_view type, std::string_view payload, bool last = false);
  [[nodiscard]] Result<void> begin_segment();
  [[nodiscard]] Result<void> next_segment();
  [[nodiscard]] Result<void> flush();
  [[nodiscard]] Result<void> make_room(std::uint64_t bytes);
  /// Length of the gathered chunks with their sections, were `chunks` and `bytes` added.
  [[nodiscard]] std::uint64_t group_bytes(std::size_t chunks, std::size_t bytes) const;

  const Setup setup_;
  E01Output& out_;
  std::uint32_t segment_ = 0;   ///< 0: none has begun
  std::uint64_t used_ = 0;      ///< bytes of the present segment
  std::uint64_t added_ = 0;     ///< chunks
  std::string gathered_;
  std::vector<std::uint32_t> entries_;  ///< of the gathered chunks, as in their table
};

}  // namespace resus::imaging
