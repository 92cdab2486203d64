#include "hw/linux/file_tree.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>

#include "hw/linux/beneath.hpp"
#include "hw/linux/file_io.hpp"

namespace resus::hw {
namespace {

constexpr std::size_t kReadBytes = 1 << 20;
constexpr const char* kNewSuffix = ".resus-new";

NodeType node_type(mode_t mode) {
  if (S_ISREG(mode)) return NodeType::kFile;
  if (S_ISDIR(mode)) return NodeType::kDirectory;
  return S_ISLNK(mode) ? NodeType::kSymlink : NodeType::kOther;
}

struct CloseDirectory {
  void operator()(DIR* directory) const { closedir(directory); }
};

/// Takes the descriptor over.
Result<std::vector<std::string>> names_in(UniqueFd directory, const std::string& path) {
  const std::unique_ptr<DIR, CloseDirectory> stream(fdopendir(directory.get()));
  if (!stream) return errno_error(Code::kRead, "list " + path, errno);
  (void)directory.release();
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = readdir(stream.get())) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(name);
  }
  if (errno != 0) return errno_error(Code::kRead, "list " + path, errno);
  std::sort(names.begin(), names.end());
  return names;
}

Result<void> remove_at(int directory, const std::string& name, const std::string& path) {
  if (unlinkat(directory, name.c_str(), 0) == 0 || errno == ENOENT) return success();
  if (errno != EISDIR && errno != EPERM) return errno_error(Code::kWrite, "remove " + path, errno);
  RESUS_TRY(auto inner, open_beneath(directory, name, O_RDONLY | O_DIRECTORY, Code::kRead));
  RESUS_TRY(auto listed, open_beneath(directory, name, O_RDONLY | O_DIRECTORY, Code::kRead));
  RESUS_TRY(const auto names, names_in(std::move(listed), path));
  for (const auto& child : names) {
    RESUS_TRY(remove_at(inner.get(), child, path + "/" + child));
  }
  if (unlinkat(directory, name.c_str(), AT_REMOVEDIR) == 0 || errno == ENOENT) return success();
  return errno_error(Code::kWrite, "remove " + path, errno);
}

class LinuxFileTree : public FileTree {
 public:
  explicit LinuxFileTree(UniqueFd root) : root_(std::move(root)) {}

  Result<std::optional<Node>> look(const std::string& path) override {
    auto fd = open_beneath(root_.get(), path, O_PATH, Code::kRead);
    if (!fd) {
      if (fd.error().code == Code::kNotFound) return std::optional<Node>();
      return std::move(fd).error();
    }
    struct stat s {};
    if (fstat(fd.value().get(), &s) != 0) return errno_error(Code::kRead, "stat " + path, errno);
    return Node{.type = node_type(s.st_mode), .size_bytes = static_cast<std::uint64_t>(s.st_size),
                .mode = s.st_mode & 07777U, .uid = s.st_uid, .gid = s.st_gid, .mtime_s = s.st_mtim.tv_sec,
                .mtime_ns = static_cast<std::uint32_t>(s.st_mtim.tv_nsec), .inode = s.st_ino,
                .links = static_cast<std::uint64_t>(s.st_nlink)};
  }

  Result<std::vector<std::string>> list(const std::string& path) override {
    RESUS_TRY(auto fd, open_beneath(root_.get(), path, O_RDONLY | O_DIRECTORY, Code::kRead));
    return names_in(std::move(fd), path);
  }

  Result<void> read(const std::string& path,
                    const std::function<void(std::span<const std::byte>)>& sink) override {
    RESUS_TRY(const auto fd, open_regular(path));
    (void)posix_fadvise(fd.get(), 0, 0, POSIX_FADV_DONTNEED);  // best effort, as promised
    (void)posix_fadvise(fd.get(), 0, 0, POSIX_FADV_SEQUENTIAL);
    buffer_.resize(kReadBytes);
    for (;;) {
      const ssize_t got = ::read(fd.get(), buffer_.data(), buffer_.size());
      if (got == 0) return success();
      if (got < 0 && errno != EINTR) return errno_error(Code::kRead, "read " + path, errno);
      if (got > 0) sink(std::span(buffer_).first(static_cast<std::size_t>(got)));
    }
  }

  Result<std::string> read_all(const std::string& path, std::size_t max_bytes) override {
    std::string content;
    RESUS_TRY(const auto node, look(path));
    if (!node) return fail(Code::kNotFound, path);
    if (node->size_bytes > max_bytes) return fail(Code::kBadInput, path + " is too large");
    RESUS_TRY(read(path, [&](auto piece) {
      content.append(reinterpret_cast<const char*>(piece.data()), piece.size());
    }));
    return content;
  }

  Result<void> replace(const std::string& path, std::string_view content, std::uint32_t mode) override {
    RESUS_TRY(const auto place, place_beneath(root_.get(), path, Code::kWrite));
    const std::string fresh = place.name + kNewSuffix;
    RESUS_TRY(remove_at(place.directory.get(), fresh, path + kNewSuffix));
    constexpr int kFlags = O_WRONLY | O_CREAT | O_EXCL;
    RESUS_TRY(auto fd, open_beneath(place.directory.get(), fresh, kFlags, Code::kWrite, 0600));
    RESUS_TRY(write_all(fd.get(), std::as_bytes(std::span(content)), path));
    // chmod as well: the umask cuts the mode given to open.
    if (fchmod(fd.get(), mode) != 0) return errno_error(Code::kWrite, "mode of " + path, errno);
    if (fsync(fd.get()) != 0) return errno_error(Code::kWrite, "sync " + path, errno);
    RESUS_TRY(fd.close());
    return put_in_place(place, fresh, path);
  }

  Result<void> replace_symlink(const std::string& path, const std::string& target) override {
    RESUS_TRY(const auto place, place_beneath(root_.get(), path, Code::kWrite));
    std::array<char, 4096> old{};
    const ssize_t size = readlinkat(place.directory.get(), place.name.c_str(), old.data(), old.size());
    if (size >= 0 && target == std::string_view(old.data(), static_cast<std::size_t>(size))) return success();
    const std::string fresh = place.name + kNewSuffix;
    RESUS_TRY(remove_at(place.directory.get(), fresh, path + kNewSuffix));
    if (symlinkat(target.c_str(), place.directory.get(), fresh.c_str()) != 0) {
      return errno_error(Code::kWrite, "link " + path, errno);
    }
    return put_in_place(place, fresh, path);
  }

  Result<void> make_directories(const std::string& path) override {
    for (std::size_t slash = path.find('/');; slash = path.find('/', slash + 1)) {
      const std::string level = path.substr(0, slash);
      if (level.empty()) return success();
      RESUS_TRY(const auto place, place_beneath(root_.get(), level, Code::kWrite));
      if (mkdirat(place.directory.get(), place.name.c_str(), 0755) != 0 && errno != EEXIST) {
        return errno_error(Code::kWrite, "make " + level, errno);
      }
      if (slash == std::string::npos) break;
    }
    RESUS_TRY(const auto made, open_beneath(root_.get(), path, O_RDONLY | O_DIRECTORY, Code::kWrite));
    if (fsync(made.get()) != 0) return errno_error(Code::kWrite, "sync " + path, errno);
    return success();
  }

  Result<void> rename(const std::string& from, const std::string& to) override {
    RESUS_TRY(const auto source, place_beneath(root_.get(), from, Code::kWrite));
    RESUS_TRY(const auto target, place_beneath(root_.get(), to, Code::kWrite));
    if (renameat(source.directory.get(), source.name.c_str(), target.directory.get(), target.name.c_str()) != 0) {
      return errno_error(Code::kWrite, "rename to " + to, errno);
    }
    return success();
  }

  Result<void> copy_directory_metadata(const std::string& from, const std::string& to) override {
    constexpr int kFlags = O_RDONLY | O_DIRECTORY;
    RESUS_TRY(const auto source, open_beneath(root_.get(), from, kFlags, Code::kRead));
    RESUS_TRY(const auto target, open_beneath(root_.get(), to, kFlags, Code::kWrite));
    return copy_metadata(source.get(), target.get(), to);
  }

  Result<void> set_mtime(const std::string& path, std::int64_t seconds, std::uint32_t nanoseconds) override {
    RESUS_TRY(const auto place, place_beneath(root_.get(), path, Code::kWrite));
    const timespec times[2] = {{.tv_sec = 0, .tv_nsec = UTIME_OMIT}, {.tv_sec = seconds, .tv_nsec = nanoseconds}};
    if (utimensat(place.directory.get(), place.name.c_str(), times, AT_SYMLINK_NOFOLLOW) != 0) {
      return errno_error(Code::kWrite, "time of " + path, errno);
    }
    return success();
  }

  Result<void> remove_all(const std::string& path) override {
    auto place = place_beneath(root_.get(), path, Code::kWrite);
    if (!place) {
      if (place.error().code == Code::kNotFound) return success();
      return std::move(place).error();
    }
    return remove_at(place.value().directory.get(), place.value().name, path);
  }

  Result<void> sync() override {
    if (syncfs(root_.get()) != 0) return errno_error(Code::kWrite, "sync file system", errno);
    return success();
  }

 private:
  Result<UniqueFd> open_regular(const std::string& path) {
    // Non-blocking, so that a fifo in this place does not hold us before its kind is known.
    RESUS_TRY(auto fd, open_beneath(root_.get(), path, O_RDONLY | O_NONBLOCK, Code::kRead));
    struct stat s {};
    if (fstat(fd.get(), &s) != 0) return errno_error(Code::kRead, "stat " + path, errno);
    if (!S_ISREG(s.st_mode)) return fail(Code::kBadInput, path + " is not a regular file");
    return fd;
  }

  Result<void> put_in_place(const Place& place, const std::string& fresh, const std::string& path) {
    const int directory = place.directory.get();
    if (renameat(directory, fresh.c_str(), directory, place.name.c_str()) != 0) {
      return errno_error(Code::kWrite, "rename to " + path, errno);
    }
    if (fsync(directory) != 0) return errno_error(Code::kWrite, "sync directory of " + path, errno);
    return success();
  }

  UniqueFd root_;
  std::vector<std::byte> buffer_;
};

}  // namespace

Result<std::unique_ptr<FileTree>> LinuxFileTrees::open(const std::string& root) {
  RESUS_TRY(auto fd, open_file(root, O_RDONLY | O_DIRECTORY, Code::kRead));
  return std::unique_ptr<FileTree>(std::make_unique<LinuxFileTree>(std::move(fd)));
}

}  // namespace resus::hw
