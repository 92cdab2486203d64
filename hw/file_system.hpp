#pragma once
// The store's view of the depot's file system: few operations, each with its durability spelled out,
// so that a wrapper can forget everything that was not synced (tests/support/memory_file_system.hpp).
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "hw/result.hpp"

namespace resus::hw {

/// Appends to one file. Nothing is durable before sync(). Threads: one.
class AppendFile {
 public:
  virtual ~AppendFile() = default;
  /// Errors: kSpace, kWrite; a failed append may have left a torn tail: truncate and open again.
  [[nodiscard]] virtual Result<void> append(std::span<const std::byte> data) = 0;
  [[nodiscard]] virtual Result<void> sync() = 0;  ///< fdatasync: bytes and length are durable
  [[nodiscard]] virtual std::uint64_t size_bytes() const = 0;
};

/// Random reads of one file. Threads: any number.
class ReadFile {
 public:
  virtual ~ReadFile() = default;
  /// Reads exactly buffer.size() bytes. Errors: kRead (an early end of file is one).
  [[nodiscard]] virtual Result<void> read(std::uint64_t offset_bytes, std::span<std::byte> buffer) const = 0;
  [[nodiscard]] virtual Result<std::uint64_t> size_bytes() const = 0;
  /// The next reads come from the device, not from memory (POSIX_FADV_DONTNEED). Best effort.
  virtual void drop_cache() const = 0;
};

/// Changes bytes of one existing file where they stand; its length stays. Threads: one.
class PatchFile {
 public:
  virtual ~PatchFile() = default;
  /// @pre inside the file. Errors: kWrite.
  [[nodiscard]] virtual Result<void> overwrite(std::uint64_t offset_bytes, std::span<const std::byte> data) = 0;
  /// These bytes read as zeros from now on, and their space goes back to the file system where it can take it.
  /// @pre inside the file. Errors: kWrite.
  [[nodiscard]] virtual Result<void> free_range(std::uint64_t offset_bytes, std::uint64_t length_bytes) = 0;
  [[nodiscard]] virtual Result<void> sync() = 0;
};

/// Held until it is destroyed; the kernel lets it go when the process ends, however it ends.
class FileLock {
 public:
  virtual ~FileLock() = default;
};

struct Space {
  std::uint64_t total_bytes = 0;
  std::uint64_t free_bytes = 0;
};

class FileSystem {
 public:
  virtual ~FileSystem() = default;
  /// Opens at its end, creating it; the new name is durable only after sync_directory().
  [[nodiscard]] virtual Result<std::unique_ptr<AppendFile>> open_append(const std::string& path) = 0;
  /// Errors: kNotFound.
  [[nodiscard]] virtual Result<std::unique_ptr<ReadFile>> open_read(const std::string& path) = 0;
  /// For changes in place. Errors: kNotFound.
  [[nodiscard]] virtual Result<std::unique_ptr<PatchFile>> open_patch(const std::string& path) = 0;
  /// Whole small file. Errors: kNotFound, kBadInput when larger than max_bytes.
  [[nodiscard]] virtual Result<std::string> read_all(const std::string& path, std::size_t max_bytes) = 0;
  /// Writes beside, syncs, renames over, syncs the directory: old or new content, never a mix.
  [[nodiscard]] virtual Result<void> replace(const std::string& path, std::string_view content) = 0;
  [[nodiscard]] virtual Result<void> truncate(const std::string& path, std::uint64_t size_bytes) = 0;
  [[nodiscard]] virtual Result<void> rename(const std::string& from, const std::string& to) = 0;
  /// Errors: kNotFound.
  [[nodiscard]] virtual Result<void> remove(const std::string& path) = 0;
  /// Makes every missing level; their names are durable when it returns.
  [[nodiscard]] virtual Result<void> make_directories(const std::string& path) = 0;
  /// Names (not paths), sorted; a missing directory is kNotFound.
  [[nodiscard]] virtual Result<std::vector<std::string>> list(const std::string& path) = 0;
  [[nodiscard]] virtual Result<bool> exists(const std::string& path) = 0;
  [[nodiscard]] virtual Result<void> sync_directory(const std::string& path) = 0;
  [[nodiscard]] virtual Result<Space> space(const std::string& path) = 0;
  /// One process at a time, by a file of this name (created, never removed). Errors: kConflict when another
  /// holds it. What stands here is for file systems that no second process can see.
  [[nodiscard]] virtual Result<std::unique_ptr<FileLock>> lock(const std::string&) {
    return std::make_unique<FileLock>();
  }
};

}  // namespace resus::hw
