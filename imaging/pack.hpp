#pragma once
// Packs: files of frames that any zstd decoder reads. imaging/FORMAT.md section 4.
#include <memory>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <string>
#include <vector>

#include "hw/file_system.hpp"
#include "imaging/disk_map.hpp"
#include "imaging/frame.hpp"

namespace resus::imaging {

/// Where one data frame lies in its pack. Its id frame follows it.
struct FrameEntry {
  std::uint64_t offset_bytes = 0;
  std::uint32_t compressed_bytes = 0;
  std::uint32_t raw_bytes = 0;
  [[nodiscard]] std::size_t blocks() const { return static_cast<std::size_t>(block_count(raw_bytes)); }
  /// Of frame and id frame.
  [[nodiscard]] std::uint64_t pair_bytes() const { return compressed_bytes + id_frame_bytes(blocks()); }
};

/// What stands in a pack where a pair was that nobody needs any more. imaging/FORMAT.md section 16.
struct FreedFrame {
  FrameEntry entry;  ///< as it was; offset_bytes is not set
  std::uint64_t sequence = 0;
};
/// Shorter than any pair: the rest of it reads as zeros.
inline constexpr std::size_t kFreedHeadBytes = 40;
[[nodiscard]] std::string encode_freed_head(const FrameEntry& entry, std::uint64_t sequence);
/// Reads the head at the start of `bytes`. Errors: kBadInput.
[[nodiscard]] Result<FreedFrame> decode_freed_head(std::string_view bytes);

/// Read side of one pack, sealed or growing. Threads: any.
class Pack {
 public:
  /// Reads the seek table; where it is damaged, scans the pairs (the file itself is left as it is).
  /// Errors: kNotFound, kRead.
  [[nodiscard]] static Result<std::shared_ptr<Pack>> open(hw::FileSystem& files, const std::string& path,
                                                          std::uint32_t number);
  Pack(std::uint32_t number, std::unique_ptr<hw::ReadFile> file, std::vector<FrameEntry> frames, bool sealed);

  [[nodiscard]] std::uint32_t number() const { return number_; }
  [[nodiscard]] std::uint32_t frame_count() const;
  [[nodiscard]] bool sealed() const;
  /// Compressed bytes of frames and id frames, without the seek table.
  [[nodiscard]] std::uint64_t stored_bytes() const;
  /// Errors: kEvidenceDamaged when there is no such frame.
  [[nodiscard]] Result<FrameEntry> entry(std::uint32_t frame) const;
  /// From the id frame. Errors: kEvidenceDamaged, kRead.
  [[nodiscard]] Result<std::vector<BlockId>> ids(std::uint32_t frame) const;
  /// Its content was given back, or is about to be, because nobody needs it: nothing may rest on it.
  [[nodiscard]] bool freed(std::uint32_t frame) const;
  /// ids() of this frame fails from now on.
  void withdraw(std::uint32_t frame);
  [[nodiscard]] Result<std::vector<std::byte>> compressed(std::uint32_t frame) const;
  /// Decompressed; blocks are not hashed. @pre raw_out.size() == entry(frame).raw_bytes
  /// Errors: kEvidenceDamaged, kRead.
  [[nodiscard]] Result<void> read(std::uint32_t frame, std::span<std::byte> raw_out) const;
  /// As read(), but only the beginning, as much of it as front_out takes. @pre front_out.size() <= entry(frame).raw_bytes
  [[nodiscard]] Result<void> read_front(std::uint32_t frame, std::span<std::byte> front_out) const;
  void drop_cache() const { file_->drop_cache(); }

 private:
  friend class PackWriter;  // adds frames as they are written
  void add(const FrameEntry& entry);
  void set_sealed();
  const std::uint32_t number_;
  const std::unique_ptr<hw::ReadFile> file_;
  mutable std::shared_mutex mutex_;
  std::vector<FrameEntry> frames_;
  std::set<std::uint32_t> withdrawn_;
  bool sealed_;
};

/// Append side of one pack, which has the name `growing_path` until it is sealed.
/// Threads: any; calls are taken one after the other.
class PackWriter {
 public:
  /// Creates the file, its name durable. Errors: kConflict when it exists, kSpace, kWrite.
  [[nodiscard]] static Result<std::unique_ptr<PackWriter>> create(hw::FileSystem& files, std::string growing_path,
                                                                  std::uint32_t number);
  /// Goes on with a pack that a power cut left growing: keeps every whole pair before the first torn one
  /// (checksums are compared) and cuts the rest. @pre nobody else has it open.
  [[nodiscard]] static Result<std::unique_ptr<PackWriter>> recover(hw::FileSystem& files, std::string growing_path,
                                                                   std::uint32_t number);
  /// Appends frame and id frame; returns the frame's number. A failed append leaves the pack as before
  /// (the torn tail is cut before the next one). Errors: kSpace, kWrite, kConflict when sealed.
  [[nodiscard]] Result<std::uint32_t> append(const Frame& frame);
  [[nodiscard]] Result<void> sync();
  /// Seek table, sync, durable rename. From then on the file never changes. Sealing twice is harmless.
  /// After an error it can be tried again.
  [[nodiscard]] Result<void> seal(const std::string& final_path);
  [[nodiscard]] const std::shared_ptr<Pack>& pack() const { return pack_; }
  [[nodiscard]] std::uint64_t size_bytes() const;

 private:
  PackWriter(hw::FileSystem& files, std::string path, std::unique_ptr<hw::AppendFile> file,
             std::shared_ptr<Pack> pack)
      : files_(files), path_(std::move(path)), file_(std::move(file)), pack_(std::move(pack)) {}
  [[nodiscard]] Result<void> cut_torn_tail();
  [[nodiscard]] Result<void> write_seek_table();
  [[nodiscard]] Result<void> write_piece(std::span<const std::byte> bytes);

  hw::FileSystem& files_;
  const std::string path_;
  mutable std::mutex mutex_;
  std::unique_ptr<hw::AppendFile> file_;
  std::shared_ptr<Pack> pack_;
  std::uint64_t good_bytes_ = 0;
  bool torn_ = false;
  bool sealed_ = false;   ///< the seek table is durable: nothing is appended any more
  bool renamed_ = false;
};

/// What a scan of a file without seek table found.
struct PackScan {
  std::vector<FrameEntry> frames;
  std::uint64_t good_bytes = 0;  ///< end of the last whole pair
};
/// Walks pairs from the start to the first one that is not whole. With `check_content` every frame is
/// unpacked and its checksum compared. Errors: kRead.
[[nodiscard]] Result<PackScan> scan_pack(const hw::ReadFile& file, bool check_content);

/// Seek table of the zstd seekable format for these frames and their id frames.
[[nodiscard]] std::string encode_seek_table(std::span<const FrameEntry> frames);
/// Bytes of the table that ends a file whose last 9 bytes are `footer`; 0 when that is no footer of ours.
[[nodiscard]] std::uint64_t seek_table_bytes(std::string_view footer);
/// @pre `table` is the end of a file of `file_bytes`. Errors: kBadInput.
[[nodiscard]] Result<std::vector<FrameEntry>> decode_seek_table(std::string_view table, std::uint64_t file_bytes);

}  // namespace resus::imaging
