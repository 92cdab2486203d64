#pragma once
// libarchive over our own unpacking: members one by one, with the place of every damage.
#include <memory>
#include <optional>

#include "imaging/restore/unpack.hpp"

struct archive;
struct archive_entry;

namespace resus::imaging {

/// Members of a tar or zip archive in order.
///
/// Names come as the raw bytes of the archive (tar), or in NFC (zip, which only libarchive's conversion reads:
/// needs the C.UTF-8 locale, see prepare_names()).
/// Errors:  kArchive with member and byte, kArchiveLimit, and what the feed returns. After one, no more calls.
/// Threads: one. Only in a sandbox.
class ArchiveReader {
 public:
  struct Piece {
    std::uint64_t offset_bytes = 0;
    std::span<const std::byte> bytes;
  };
  ArchiveReader(ByteFeed feed, const ArchiveLimits& limits);
  ~ArchiveReader();
  ArchiveReader(const ArchiveReader&) = delete;
  ArchiveReader& operator=(const ArchiveReader&) = delete;

  /// Loads what the conversion of names needs, before a chroot takes the files out of reach.
  static void prepare_names();

  /// False at the end of the archive, after everything behind the last member was read and checked too.
  [[nodiscard]] Result<bool> next();
  /// The current member. Never nullptr between a true next() and the following one.
  [[nodiscard]] archive_entry* entry() const { return entry_; }
  [[nodiscard]] std::uint64_t index() const { return count_ - 1; }
  /// Next piece of its content; holes of a sparse file are gaps between pieces.
  [[nodiscard]] Result<std::optional<Piece>> data();
  [[nodiscard]] std::string format() const;  ///< "tar" or "zip", after the first next()
  [[nodiscard]] std::string_view filter() const { return unpacker_.filter(); }

 private:
  struct Free {
    void operator()(archive* a) const;
  };
  static long deliver(archive* a, void* self, const void** buffer);
  [[nodiscard]] Result<void> open();
  [[nodiscard]] Result<bool> at_end();
  [[nodiscard]] Result<void> drain();
  [[nodiscard]] hw::Error damage() const;
  Unpacker unpacker_;
  std::unique_ptr<archive, Free> archive_;
  archive_entry* entry_ = nullptr;
  std::vector<std::byte> buffer_;
  std::size_t buffered_ = 0;         ///< bytes of the last piece given to libarchive
  std::uint64_t given_ = 0;          ///< all bytes given to it
  std::uint64_t content_end_ = 0;    ///< where the last member's content ended
  std::uint64_t count_ = 0;
  std::string name_;                 ///< of the current member, for error texts
  std::optional<hw::Error> feed_error_;
};

}  // namespace resus::imaging
