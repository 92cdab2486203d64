#pragma once
// Files that are computed, shown by the operating system under a folder.
#include <functional>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "hw/result.hpp"

namespace resus::hw {

/// What a read is part of, as far as can be told.
enum class Reading : std::uint8_t {
  kInOrder,  ///< what follows will be wanted next
  kAlone,    ///< somebody looks around
};

struct FilePlace {
  std::uint64_t offset_bytes = 0;
  std::uint64_t length_bytes = 0;
};

/// One file. It never changes, unless it grows. Threads: any.
class ServedFile {
 public:
  virtual ~ServedFile() = default;
  [[nodiscard]] virtual std::uint64_t size_bytes() const = 0;
  /// Bytes are added behind those that are there while it is served: the operating system keeps nothing of it.
  [[nodiscard]] virtual bool grows() const { return false; }
  /// Fills the buffer; the range lies within the file. An Error is EIO for who reads, and nothing of the buffer is used.
  [[nodiscard]] virtual Result<void> read(std::uint64_t offset_bytes, std::span<std::byte> buffer, Reading how) = 0;
  /// What takes work to give out, ascending: worth keeping in memory.
  [[nodiscard]] virtual std::vector<FilePlace> costly_places() const { return {}; }
};

struct ServedEntry {
  std::string path;  ///< "disk.raw", "partitions/p1.raw": folders come by themselves, one level
  std::shared_ptr<ServedFile> file;
};

struct MountOptions {
  std::string directory;     ///< an empty one that exists
  std::string source;        ///< shown in the list of mounts
  bool foreground = true;    ///< false: a process of its own goes on serving, and the caller's ends with status 0
  std::int64_t time = 0;     ///< of every file, seconds since 1970
  /// A file in which somebody looks around is brought into the operating system's memory, or at least its costly places, as far
  /// as all files together are no more than this. The system takes that memory back when it needs it.
  std::uint64_t kept_bytes = 0;
};

struct MountEvents {
  std::function<void()> mounted;  ///< the files can be seen, but not yet read; still in the caller's process
  /// In the process that serves, before the first read. Threads of the entries' own begin here: going into the background loses
  /// those that began before.
  std::function<void()> serving;
};

/// Threads: one.
class Mounts {
 public:
  virtual ~Mounts() = default;
  /// Of this machine: what caches are measured by.
  [[nodiscard]] virtual std::uint64_t memory_bytes() const = 0;
  /// Mounts the entries read-only and serves them on all cores until somebody unmounts or `stop` is asked for.
  /// Errors: kNotFound (no such folder), kConflict (not empty), kProcess (no FUSE, no right to mount).
  [[nodiscard]] virtual Result<void> serve(const std::vector<ServedEntry>& entries, const MountOptions& options,
                                           const MountEvents& events, const std::stop_token& stop) = 0;
};

}  // namespace resus::hw
