#include "imaging/restore/archive_reader.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <locale.h>

#include <algorithm>
#include <cerrno>
#include <string>

namespace resus::imaging {
namespace {

using hw::Code;

constexpr std::size_t kPieceBytes = 256 * 1024;
constexpr std::uint64_t kTarBlockBytes = 512;

/// A UTF-8 locale, or that of the process where none is installed. Held for the life of the process.
locale_t utf8_names() {
  static const locale_t kLocale = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  return kLocale;
}
/// In this one libarchive hands tar names through as they are: in a UTF-8 locale it would turn them into NFC,
/// so that two names that differ only in composition collide.
locale_t raw_names() {
  static const locale_t kLocale = newlocale(LC_CTYPE_MASK, "C", nullptr);
  return kLocale;
}

bool is_zip(std::span<const std::byte> head) {
  return head.size() >= 2 && head[0] == std::byte{'P'} && head[1] == std::byte{'K'};
}

}  // namespace

void ArchiveReader::Free::operator()(archive* a) const { archive_read_free(a); }

void ArchiveReader::prepare_names() {
  (void)utf8_names();
  (void)raw_names();
}

ArchiveReader::ArchiveReader(ByteFeed feed, const ArchiveLimits& limits)
    : unpacker_(std::move(feed), limits), buffer_(kPieceBytes) {}
ArchiveReader::~ArchiveReader() {
  archive_.reset();
  uselocale(LC_GLOBAL_LOCALE);
}

long ArchiveReader::deliver(archive* a, void* self, const void** buffer) {
  auto& reader = *static_cast<ArchiveReader*>(self);
  if (reader.given_ == 0 && reader.buffered_ > 0) {  // what open() has read to see the format
    reader.given_ = reader.buffered_;
    *buffer = reader.buffer_.data();
    return static_cast<long>(reader.buffered_);
  }
  auto got = reader.unpacker_.read(reader.buffer_);
  if (!got) {
    reader.feed_error_ = std::move(got).error();
    archive_set_error(a, EIO, "input");
    return -1;
  }
  // An empty piece tells the end; the piece before it must stay known for at_end().
  if (got.value() > 0) reader.buffered_ = got.value();
  reader.given_ += got.value();
  *buffer = reader.buffer_.data();
  return static_cast<long>(got.value());
}

hw::Error ArchiveReader::damage() const {
  std::string where = "member " + std::to_string(count_) + (name_.empty() ? "" : " (" + name_ + ")");
  if (feed_error_) return hw::Error(*feed_error_).within(where);
  const char* text = archive_ ? archive_error_string(archive_.get()) : nullptr;
  const auto at = archive_ ? archive_filter_bytes(archive_.get(), 0) : 0;
  return hw::make_error(Code::kArchive, where + " at byte " + std::to_string(at) + " of the unpacked archive: " +
                                            (text ? text : "damaged"));
}

Result<void> ArchiveReader::open() {
  archive_.reset(archive_read_new());
  if (!archive_) throw std::bad_alloc();
  // The whole magic must be there, however little comes at a time.
  while (buffered_ < 2) {
    RESUS_TRY(const std::size_t got, unpacker_.read(std::span(buffer_).subspan(buffered_)));
    if (got == 0) break;
    buffered_ += got;
  }
  const bool zip = is_zip(std::span<const std::byte>(buffer_).first(buffered_));
  uselocale(zip ? utf8_names() : raw_names());
  if (zip) {
    archive_read_support_format_zip_streamable(archive_.get());
  } else {
    archive_read_support_format_tar(archive_.get());
  }
  if (archive_read_open(archive_.get(), this, nullptr, &ArchiveReader::deliver, nullptr) < ARCHIVE_WARN) {
    return hw::failure(damage());
  }
  return hw::success();
}

Result<bool> ArchiveReader::next() {
  if (!archive_) {
    RESUS_TRY(open());
  } else {
    RESUS_TRY(auto piece, data());
    while (piece) {
      RESUS_TRY(piece, data());
    }
    content_end_ = static_cast<std::uint64_t>(archive_filter_bytes(archive_.get(), 0));
  }
  const int status = archive_read_next_header(archive_.get(), &entry_);
  if (status == ARCHIVE_EOF) return at_end();
  // ARCHIVE_WARN is about the conversion of names, which we do without.
  if (status < ARCHIVE_WARN) return hw::failure(damage());
  ++count_;
  const char* path = archive_entry_pathname(entry_);
  name_ = path != nullptr ? path : "";
  return true;
}

Result<std::optional<ArchiveReader::Piece>> ArchiveReader::data() {
  const void* bytes = nullptr;
  std::size_t size = 0;
  la_int64_t offset = 0;
  const int status = archive_read_data_block(archive_.get(), &bytes, &size, &offset);
  if (status == ARCHIVE_EOF) return std::optional<Piece>();
  if (status < ARCHIVE_WARN) return hw::failure(damage());
  // libarchive only warns when a member's checksum is wrong.
  if (status == ARCHIVE_WARN) return hw::failure(damage());
  return std::optional(Piece{.offset_bytes = static_cast<std::uint64_t>(offset),
                             .bytes = {static_cast<const std::byte*>(bytes), size}});
}

std::string ArchiveReader::format() const {
  const int family = archive_ ? archive_format(archive_.get()) & ARCHIVE_FORMAT_BASE_MASK : 0;
  return family == ARCHIVE_FORMAT_ZIP ? "zip" : "tar";
}

Result<bool> ArchiveReader::at_end() {
  const auto consumed = static_cast<std::uint64_t>(archive_filter_bytes(archive_.get(), 0));
  if (format() == "tar") {
    // libarchive takes a tar that just stops for a whole one. The padding of the last member is shorter
    // than a block, so a whole block more means that the block of zeros was there.
    if (consumed < content_end_ + kTarBlockBytes) {
      return hw::fail(Code::kArchive, "the archive is cut off after member " + std::to_string(count_) + " at byte " +
                                          std::to_string(consumed) + ": its end mark is missing");
    }
    const auto rest = static_cast<std::size_t>(given_ - std::min(given_, consumed));
    const auto tail = std::span<const std::byte>(buffer_).first(buffered_).last(std::min(rest, buffered_));
    if (!is_zero(tail)) return hw::fail(Code::kArchive, "something follows the end mark of the archive");
  }
  RESUS_TRY(drain());
  return false;
}

Result<void> ArchiveReader::drain() {
  const bool must_be_zero = format() == "tar";
  for (;;) {
    RESUS_TRY(const std::size_t got, unpacker_.read(buffer_));
    if (got == 0) break;
    if (must_be_zero && !is_zero(std::span<const std::byte>(buffer_).first(got))) {
      return hw::fail(Code::kArchive, "something follows the end mark of the archive");
    }
  }
  if (!must_be_zero || unpacker_.unpacked_bytes() % kTarBlockBytes == 0) return hw::success();
  return hw::fail(Code::kArchive, "the archive is cut off in its last block, at byte " +
                                      std::to_string(unpacker_.unpacked_bytes()));
}

}  // namespace resus::imaging
