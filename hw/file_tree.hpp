#pragma once
// A directory tree that may hold hostile names: every path is resolved beneath one root, and no symbolic
// link is followed on the way.
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "hw/result.hpp"

namespace resus::hw {

enum class NodeType : std::uint8_t { kFile, kDirectory, kSymlink, kOther };

struct Node {
  NodeType type = NodeType::kOther;
  std::uint64_t size_bytes = 0;
  std::uint32_t mode = 0;  ///< permission bits, 07777
  std::uint32_t uid = 0, gid = 0;
  std::int64_t mtime_s = 0;
  std::uint32_t mtime_ns = 0;
  std::uint64_t inode = 0;
  std::uint64_t links = 0;
};

/// Operations beneath one root. Paths are relative, without "." and ".."; "" is the root itself.
///
/// Errors:  kArchiveHostile when a path leaves the root or a parent of it is a symbolic link; kNotFound; kRead,
///          kWrite, kSpace otherwise.
/// Threads: one at a time.
/// Source:  openat2(2), RESOLVE_BENEATH and RESOLVE_NO_SYMLINKS.
class FileTree {
 public:
  virtual ~FileTree() = default;
  /// The node itself, not what a symbolic link names; empty when there is none.
  [[nodiscard]] virtual Result<std::optional<Node>> look(const std::string& path) = 0;
  /// Names in a directory, sorted by bytes.
  [[nodiscard]] virtual Result<std::vector<std::string>> list(const std::string& path) = 0;
  /// Content of a regular file from first to last byte, read past the page cache where it can be dropped.
  [[nodiscard]] virtual Result<void> read(const std::string& path,
                                          const std::function<void(std::span<const std::byte>)>& sink) = 0;
  /// Whole small regular file. Errors: also kBadInput when larger than max_bytes.
  [[nodiscard]] virtual Result<std::string> read_all(const std::string& path, std::size_t max_bytes) = 0;
  /// Writes beside, syncs, renames over, syncs the directory.
  [[nodiscard]] virtual Result<void> replace(const std::string& path, std::string_view content,
                                             std::uint32_t mode) = 0;
  /// As replace(), for a symbolic link. Leaves one that is already right.
  [[nodiscard]] virtual Result<void> replace_symlink(const std::string& path, const std::string& target) = 0;
  /// Every missing level, 0755 and owned by root.
  [[nodiscard]] virtual Result<void> make_directories(const std::string& path) = 0;
  /// Replaces `to` if it is there and of the same kind.
  [[nodiscard]] virtual Result<void> rename(const std::string& from, const std::string& to) = 0;
  /// Gives directory `to` the owner, mode, user.* and ACL attributes of directory `from`.
  [[nodiscard]] virtual Result<void> copy_directory_metadata(const std::string& from, const std::string& to) = 0;
  /// Modification time of a file or directory.
  [[nodiscard]] virtual Result<void> set_mtime(const std::string& path, std::int64_t seconds,
                                               std::uint32_t nanoseconds) = 0;
  /// Removes a file or a whole directory; nothing there is success. **Destroys** it.
  [[nodiscard]] virtual Result<void> remove_all(const std::string& path) = 0;
  /// Everything written to this file system is durable when it returns (syncfs).
  [[nodiscard]] virtual Result<void> sync() = 0;
};

/// Opens trees. The real one is hw/linux/file_tree.hpp.
class FileTrees {
 public:
  virtual ~FileTrees() = default;
  /// @param root an existing directory, named by an absolute path that is trusted.
  [[nodiscard]] virtual Result<std::unique_ptr<FileTree>> open(const std::string& root) = 0;
};

}  // namespace resus::hw
