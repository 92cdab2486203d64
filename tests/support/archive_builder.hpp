#pragma once
// Archives, good and hostile, made in memory.
#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "imaging/restore/scan.hpp"

namespace resus::test {

enum class Packing { kPlain, kGzip, kXz, kZstd };

class ArchiveBuilder {
 public:
  explicit ArchiveBuilder(Packing packing = Packing::kPlain, bool zip = false)
      : archive_(archive_write_new()), bytes_(std::size_t{48} << 20, char{0}) {
    if (zip) {
      archive_write_set_format_zip(archive_);
    } else {
      archive_write_set_format_pax(archive_);
    }
    if (packing == Packing::kGzip) archive_write_add_filter_gzip(archive_);
    if (packing == Packing::kXz) archive_write_add_filter_xz(archive_);
    if (packing == Packing::kZstd) archive_write_add_filter_zstd(archive_);
    archive_write_set_bytes_in_last_block(archive_, 1);
    archive_write_open_memory(archive_, bytes_.data(), bytes_.size(), &used_);
    fresh();
  }
  ~ArchiveBuilder() {
    archive_entry_free(entry_);
    archive_write_free(archive_);
  }
  ArchiveBuilder(const ArchiveBuilder&) = delete;
  ArchiveBuilder& operator=(const ArchiveBuilder&) = delete;

  /// The entry that the next call of file(), directory() … completes: for owner, times, attributes.
  [[nodiscard]] archive_entry* next() { return entry_; }

  ArchiveBuilder& file(const std::string& path, std::string_view content = "content") {
    archive_entry_set_filetype(entry_, AE_IFREG);
    archive_entry_set_size(entry_, static_cast<la_int64_t>(content.size()));
    return add(path, content);
  }
  ArchiveBuilder& directory(const std::string& path) {
    archive_entry_set_filetype(entry_, AE_IFDIR);
    if (archive_entry_perm(entry_) == 0644) archive_entry_set_perm(entry_, 0755);
    return add(path, "");
  }
  ArchiveBuilder& symlink(const std::string& path, const std::string& target) {
    archive_entry_set_filetype(entry_, AE_IFLNK);
    archive_entry_copy_symlink(entry_, target.c_str());
    return add(path, "");
  }
  ArchiveBuilder& hardlink(const std::string& path, const std::string& target) {
    archive_entry_set_filetype(entry_, AE_IFREG);
    archive_entry_copy_hardlink(entry_, target.c_str());
    return add(path, "");
  }
  ArchiveBuilder& special(const std::string& path, unsigned type) {
    archive_entry_set_filetype(entry_, type);
    return add(path, "");
  }
  [[nodiscard]] std::string finish() {
    archive_write_close(archive_);
    return bytes_.substr(0, used_);
  }

 private:
  ArchiveBuilder& add(const std::string& path, std::string_view content) {
    archive_entry_copy_pathname(entry_, path.c_str());
    archive_write_header(archive_, entry_);
    archive_write_data(archive_, content.data(), content.size());
    fresh();
    return *this;
  }
  void fresh() {
    archive_entry_free(entry_);
    entry_ = archive_entry_new();
    archive_entry_set_perm(entry_, 0644);
    archive_entry_set_mtime(entry_, 1'700'000'000, 123'456'700);
  }
  archive* archive_;
  archive_entry* entry_ = nullptr;
  std::string bytes_;
  std::size_t used_ = 0;
};

/// Gives a string piece by piece, as a network would.
[[nodiscard]] inline imaging::ByteFeed feed_from(std::string bytes, std::size_t piece = 10'000) {
  return [bytes = std::move(bytes), at = std::size_t{0},
          piece](std::span<std::byte> buffer) mutable -> imaging::Result<std::size_t> {
    const std::size_t size = std::min({buffer.size(), bytes.size() - at, piece});
    std::memcpy(buffer.data(), bytes.data() + at, size);
    at += size;
    return size;
  };
}

}  // namespace resus::test
