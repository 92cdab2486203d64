#include "imaging/pack.hpp"

#include <zstd.h>

#include "hw/log.hpp"
#include "imaging/bytes.hpp"

namespace resus::imaging {
namespace {

constexpr std::size_t kFooterBytes = 9;
constexpr std::size_t kFrontPiece = 32 * 1024;

hw::Error damaged(std::uint32_t pack, std::uint32_t frame, std::string_view what) {
  return hw::make_error(hw::Code::kEvidenceDamaged, "frame " + std::to_string(frame) + " of pack " +
                                                        std::to_string(pack) + ": " + std::string(what));
}

std::span<std::byte> writable_bytes(std::string& text) {
  return {reinterpret_cast<std::byte*>(text.data()), text.size()};
}

Result<std::vector<FrameEntry>> read_seek_table(const hw::ReadFile& file) {
  RESUS_TRY(const auto size, file.size_bytes());
  if (size < kFooterBytes) return hw::fail(hw::Code::kBadInput, "too short for a seek table");
  std::string footer(kFooterBytes, '\0');
  RESUS_TRY(file.read(size - kFooterBytes, writable_bytes(footer)));
  const auto table_bytes = seek_table_bytes(footer);
  if (table_bytes == 0 || table_bytes > size) return hw::fail(hw::Code::kBadInput, "no seek table");
  std::string table(table_bytes, '\0');
  RESUS_TRY(file.read(size - table_bytes, writable_bytes(table)));
  return decode_seek_table(table, size);
}

/// The pair at the start of `window`, or nothing when it is not whole.
Result<FrameEntry> read_pair(std::string_view window, std::uint64_t sequence, bool check_content) {
  if (const auto freed = decode_freed_head(window); freed && freed.value().sequence == sequence) return freed.value().entry;
  const auto size = ZSTD_findFrameCompressedSize(window.data(), window.size());
  if (ZSTD_isError(size) != 0) return hw::fail(hw::Code::kBadInput, "torn frame");
  RESUS_TRY(const auto ids, decode_id_frame(window.substr(size)));
  if (ids.compressed_bytes != size || ids.sequence != sequence) {
    return hw::fail(hw::Code::kBadInput, "id frame belongs to another frame");
  }
  if (check_content) {
    thread_local std::vector<std::byte> raw;
    raw.resize(ids.raw_bytes);
    RESUS_TRY(decompress_frame(as_bytes(window.substr(0, size)), raw));
  }
  return FrameEntry{.compressed_bytes = ids.compressed_bytes, .raw_bytes = ids.raw_bytes};
}

}  // namespace

Result<PackScan> scan_pack(const hw::ReadFile& file, bool check_content) {
  RESUS_TRY(const auto size, file.size_bytes());
  PackScan scan;
  std::string window;
  while (scan.good_bytes < size) {
    const auto longest = max_compressed_bytes() + id_frame_bytes(kBlocksPerSegment);
    window.resize(std::min<std::uint64_t>(longest, size - scan.good_bytes));
    RESUS_TRY(file.read(scan.good_bytes, writable_bytes(window)));
    auto pair = read_pair(window, scan.frames.size(), check_content);
    if (!pair) break;
    pair.value().offset_bytes = scan.good_bytes;
    scan.frames.push_back(pair.value());
    scan.good_bytes += pair.value().compressed_bytes + id_frame_bytes(pair.value().blocks());
  }
  return scan;
}

Pack::Pack(std::uint32_t number, std::unique_ptr<hw::ReadFile> file, std::vector<FrameEntry> frames, bool sealed)
    : number_(number), file_(std::move(file)), frames_(std::move(frames)), sealed_(sealed) {}

Result<std::shared_ptr<Pack>> Pack::open(hw::FileSystem& files, const std::string& path, std::uint32_t number) {
  RESUS_TRY(auto file, files.open_read(path));
  auto table = read_seek_table(*file);
  if (table) return std::make_shared<Pack>(number, std::move(file), std::move(table.value()), true);
  if (table.error().code != hw::Code::kBadInput) return hw::failure(std::move(table.error()));
  hw::log(hw::LogLevel::kError, "imaging", path + ": " + table.error().context + "; read by its id frames");
  RESUS_TRY(auto scan, scan_pack(*file, false));
  return std::make_shared<Pack>(number, std::move(file), std::move(scan.frames), true);
}

std::uint32_t Pack::frame_count() const {
  const std::shared_lock lock(mutex_);
  return static_cast<std::uint32_t>(frames_.size());
}

bool Pack::sealed() const {
  const std::shared_lock lock(mutex_);
  return sealed_;
}

std::uint64_t Pack::stored_bytes() const {
  const std::shared_lock lock(mutex_);
  if (frames_.empty()) return 0;
  const auto& last = frames_.back();
  return last.offset_bytes + last.compressed_bytes + id_frame_bytes(last.blocks());
}

Result<FrameEntry> Pack::entry(std::uint32_t frame) const {
  const std::shared_lock lock(mutex_);
  if (frame >= frames_.size()) return hw::failure(damaged(number_, frame, "the pack has no such frame"));
  return frames_[frame];
}

void Pack::withdraw(std::uint32_t frame) {
  const std::unique_lock lock(mutex_);
  withdrawn_.insert(frame);
}

Result<std::vector<BlockId>> Pack::ids(std::uint32_t frame) const {
  RESUS_TRY(const auto where, entry(frame));
  {
    const std::shared_lock lock(mutex_);
    if (withdrawn_.contains(frame)) return hw::failure(damaged(number_, frame, "was given back when evidence was deleted"));
  }
  std::string bytes(id_frame_bytes(where.blocks()), '\0');
  RESUS_TRY(file_->read(where.offset_bytes + where.compressed_bytes, writable_bytes(bytes)));
  auto ids = decode_id_frame(bytes);
  if (!ids) return hw::failure(damaged(number_, frame, ids.error().context));
  const auto& found = ids.value();
  if (found.sequence != frame || found.raw_bytes != where.raw_bytes ||
      found.compressed_bytes != where.compressed_bytes) {
    return hw::failure(damaged(number_, frame, "its id frame belongs to another"));
  }
  return std::move(ids.value().ids);
}

Result<std::vector<std::byte>> Pack::compressed(std::uint32_t frame) const {
  RESUS_TRY(const auto where, entry(frame));
  std::vector<std::byte> bytes(where.compressed_bytes);
  RESUS_TRY(file_->read(where.offset_bytes, bytes));
  return bytes;
}

Result<void> Pack::read(std::uint32_t frame, std::span<std::byte> raw_out) const {
  RESUS_TRY(const auto where, entry(frame));
  thread_local std::vector<std::byte> compressed;
  compressed.resize(where.compressed_bytes);
  RESUS_TRY(file_->read(where.offset_bytes, compressed));
  if (auto done = decompress_frame(compressed, raw_out); !done) {
    return hw::failure(damaged(number_, frame, done.error().context));
  }
  return hw::success();
}

Result<void> Pack::read_front(std::uint32_t frame, std::span<std::byte> front_out) const {
  RESUS_TRY(const auto where, entry(frame));
  thread_local std::vector<std::byte> compressed;
  compressed.resize(where.compressed_bytes);
  std::size_t read = 0;
  // What the beginning likely takes, then a little at a time.
  auto piece_bytes = std::size_t{where.compressed_bytes} * front_out.size() / where.raw_bytes + kFrontPiece / 2;
  const auto next = [&]() -> Result<std::span<const std::byte>> {
    const auto piece = std::span(compressed).subspan(read, std::min(piece_bytes, compressed.size() - read));
    RESUS_TRY(file_->read(where.offset_bytes + read, piece));
    read += piece.size();
    piece_bytes = kFrontPiece;
    return std::span<const std::byte>(piece);
  };
  auto done = decompress_front(where.raw_bytes, next, front_out);
  if (!done && done.error().code == hw::Code::kEvidenceDamaged) return hw::failure(damaged(number_, frame, done.error().context));
  return done;
}

void Pack::add(const FrameEntry& entry) {
  const std::unique_lock lock(mutex_);
  frames_.push_back(entry);
}

void Pack::set_sealed() {
  const std::unique_lock lock(mutex_);
  sealed_ = true;
}

}  // namespace resus::imaging
