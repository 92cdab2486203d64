#pragma once
// Results of looking for content in a whole store: an indicator found on one machine names the others.
#include <functional>
#include <stop_token>

#include "hw/file_system.hpp"
#include "imaging/progress.hpp"
#include "imaging/stored_disks.hpp"

namespace resus::imaging {

struct SearchOptions {
  std::size_t most_offsets = 100;  ///< listed for each disk; all are counted
  unsigned threads = 0;            ///< that unpack frames; 0: one a processor
  /// What a pattern may leave to be remembered until maps are looked at: finds, and parts of it at the edges of blocks.
  std::uint64_t memory_bytes = UINT64_MAX;
  std::function<void(const Progress&)> progress = {};
  std::stop_token stop = {};
};

/// Places on one disk.
struct FoundOnDisk {
  StoredDisk disk;
  std::uint64_t count = 0;
  std::vector<std::uint64_t> offsets_bytes;  ///< the first of them, ascending
};

/// What could not be looked at: a result with any of it is no proof of absence.
struct NotSearched {
  std::vector<DamagedFrame> frames;
  std::vector<std::string> disks;  ///< whose maps cannot be read, with the reason
  [[nodiscard]] bool any() const { return !frames.empty() || !disks.empty(); }
};

struct SearchResult {
  std::vector<FoundOnDisk> disks;   ///< only those with finds; golden images first
  std::uint64_t unreferenced = 0;   ///< stored, but on no finished evidence: of acquisitions that broke off
  NotSearched not_searched;
};

/// Blocks of the file that follow each other in the file and on the disk.
struct FilePiece {
  std::uint64_t file_offset_bytes = 0;
  std::uint64_t disk_offset_bytes = 0;
  std::uint64_t length_bytes = 0;
};

/// How the unfinished last block of a file was found.
enum class FileTail : std::uint8_t {
  kNone,       ///< the file ends with a whole block
  kZeros,      ///< the rest of the block is zeros, as file systems leave it
  kOther,      ///< behind the block before it, with other bytes after the file's end
  kNotFound,
};

struct FileOnDisk {
  StoredDisk disk;
  std::uint64_t found_blocks = 0;  ///< different blocks of the file that lie on this disk
  FileTail tail = FileTail::kNone;
  std::uint64_t piece_count = 0;
  std::vector<FilePiece> pieces;   ///< the first of them in disk order
  bool whole = false;              ///< every block of the file, its tail included
};

/// A file that is looked for, without its content: 32 bytes a block.
struct WantedFile {
  Digest sha256;                 ///< of the file
  std::uint64_t bytes = 0;
  std::vector<BlockId> ids;      ///< of its blocks, in order; the last one as file systems lay it down, with zeros to its end
  std::vector<std::byte> tail;   ///< the bytes of an unfinished last block
};
/// Reads the file once. Errors: kRead, kCancelled.
[[nodiscard]] Result<WantedFile> wanted_file(const hw::ReadFile& file, const std::stop_token& stop = {});
/// Size, ids and tail belong together; the SHA-256 is whatever its maker says. Errors: kBadInput.
[[nodiscard]] Result<void> check_wanted(const WantedFile& file);

struct FileSearchResult {
  Digest sha256;                   ///< of the file
  std::uint64_t bytes = 0;
  std::uint64_t blocks = 0;        ///< different blocks that are looked for; zeros are not
  std::vector<FileOnDisk> disks;
  NotSearched not_searched;
};

}  // namespace resus::imaging
