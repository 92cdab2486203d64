#pragma once
// Takes the compression off an archive. Ours and not libarchive's, because that one does not check gzip's
// checksum, stops reading at the last member and unpacks filters within filters.
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "imaging/restore/scan.hpp"

namespace resus::imaging {

/// One compression format, one piece at a time.
class Codec {
 public:
  struct Step {
    std::size_t consumed = 0;
    std::size_t produced = 0;
    bool whole = false;  ///< what was consumed so far is complete: the input may end here
  };
  virtual ~Codec() = default;
  [[nodiscard]] virtual std::string_view name() const = 0;
  /// Errors: kArchive (the reason only; the caller adds the place).
  [[nodiscard]] virtual Result<Step> run(std::span<const std::byte> in, std::span<std::byte> out,
                                         bool last_input) = 0;
};
/// By the first bytes; anything unknown is taken as not compressed.
[[nodiscard]] std::unique_ptr<Codec> codec_for(std::span<const std::byte> head);

/// The unpacked bytes of an archive.
/// Errors:  kArchive (damaged or cut off, with the byte of the packed archive), kArchiveLimit (ratio), and
///          what the feed returns.
/// Threads: one.
class Unpacker {
 public:
  Unpacker(ByteFeed feed, const ArchiveLimits& limits);
  /// 0 at the end, and only when the packed data were complete.
  [[nodiscard]] Result<std::size_t> read(std::span<std::byte> out);
  /// The first bytes before unpacking are looked at with the first read().
  [[nodiscard]] std::string_view filter() const { return codec_ ? codec_->name() : "none"; }
  [[nodiscard]] std::uint64_t packed_bytes() const { return packed_; }
  [[nodiscard]] std::uint64_t unpacked_bytes() const { return unpacked_; }

 private:
  [[nodiscard]] Result<void> fill();
  [[nodiscard]] Result<std::size_t> step(std::span<std::byte> out);
  [[nodiscard]] Result<void> check_ratio() const;
  ByteFeed feed_;
  ArchiveLimits limits_;
  std::unique_ptr<Codec> codec_;
  std::vector<std::byte> buffer_;
  std::span<const std::byte> input_;
  bool ended_ = false;
  bool whole_ = true;
  std::uint64_t packed_ = 0;
  std::uint64_t unpacked_ = 0;
};

}  // namespace resus::imaging
