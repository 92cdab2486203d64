#include "hw/linux/file_system.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <vector>

#include "hw/linux/file_io.hpp"

namespace resus::hw {
namespace {

class LinuxAppendFile : public AppendFile {
 public:
  LinuxAppendFile(UniqueFd fd, std::string path, std::uint64_t size)
      : fd_(std::move(fd)), path_(std::move(path)), size_(size) {}

  Result<void> append(std::span<const std::byte> data) override {
    RESUS_TRY(write_all_at(fd_.get(), size_, data, path_));
    size_ += data.size();
    if (size_ - handed_over_ >= kWritebackBytes) start_writeback();
    return success();
  }
  Result<void> sync() override {
    if (::fdatasync(fd_.get()) == 0) return success();
    return failure(errno_error(Code::kWrite, "sync " + path_, errno));
  }
  std::uint64_t size_bytes() const override { return size_; }

 private:
  /// Left to itself the kernel keeps hundreds of megabytes until sync(), which then holds up the writer and all behind him.
  static constexpr std::uint64_t kWritebackBytes = 8 << 20;
  /// Waits for nothing. An error of the device comes back from sync().
  void start_writeback() {
    (void)::sync_file_range(fd_.get(), static_cast<off_t>(handed_over_), static_cast<off_t>(size_ - handed_over_), SYNC_FILE_RANGE_WRITE);
    handed_over_ = size_;
  }

  UniqueFd fd_;
  std::string path_;
  std::uint64_t size_;
  std::uint64_t handed_over_ = size_;  ///< bytes the kernel has been asked to write
};

class LinuxReadFile : public ReadFile {
 public:
  LinuxReadFile(UniqueFd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

  Result<void> read(std::uint64_t offset_bytes, std::span<std::byte> buffer) const override {
    return read_exact(fd_.get(), offset_bytes, buffer, path_);
  }
  Result<std::uint64_t> size_bytes() const override {
    struct stat status {};
    if (::fstat(fd_.get(), &status) != 0) return failure(errno_error(Code::kRead, "stat " + path_, errno));
    return static_cast<std::uint64_t>(status.st_size);
  }
  void drop_cache() const override {
    // Dirty pages stay in memory whatever is advised, so they go to the device first.
    (void)::fdatasync(fd_.get());
    (void)::posix_fadvise(fd_.get(), 0, 0, POSIX_FADV_DONTNEED);
  }

 private:
  UniqueFd fd_;
  std::string path_;
};

class LinuxPatchFile : public PatchFile {
 public:
  LinuxPatchFile(UniqueFd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

  Result<void> overwrite(std::uint64_t offset_bytes, std::span<const std::byte> data) override {
    return write_all_at(fd_.get(), offset_bytes, data, path_);
  }
  Result<void> free_range(std::uint64_t offset_bytes, std::uint64_t length_bytes) override {
    const auto done = ::fallocate(fd_.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(offset_bytes),
                                  static_cast<off_t>(length_bytes));
    if (done == 0) return success();
    if (errno != EOPNOTSUPP && errno != ENOSYS) return failure(errno_error(Code::kWrite, "free part of " + path_, errno));
    return write_zeros(offset_bytes, length_bytes);  // a file system without holes: the space stays, the content goes
  }
  Result<void> sync() override {
    if (::fsync(fd_.get()) == 0) return success();
    return failure(errno_error(Code::kWrite, "sync " + path_, errno));
  }

 private:
  Result<void> write_zeros(std::uint64_t offset_bytes, std::uint64_t length_bytes) {
    const std::vector<std::byte> zeros(64 * 1024);
    while (length_bytes > 0) {
      const auto piece = std::min<std::uint64_t>(zeros.size(), length_bytes);
      RESUS_TRY(write_all_at(fd_.get(), offset_bytes, std::span(zeros).first(piece), path_));
      offset_bytes += piece;
      length_bytes -= piece;
    }
    return success();
  }
  UniqueFd fd_;
  std::string path_;
};

std::string parent_of(const std::string& path) {
  const auto slash = path.find_last_of('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Result<void> write_and_sync(const std::string& path, std::string_view content) {
  RESUS_TRY(auto fd, open_file(path, O_WRONLY | O_CREAT | O_TRUNC, Code::kWrite));
  RESUS_TRY(write_all(fd.get(), std::as_bytes(std::span(content)), path));
  if (::fsync(fd.get()) != 0) return failure(errno_error(Code::kWrite, "sync " + path, errno));
  return fd.close();
}

}  // namespace

Result<std::unique_ptr<AppendFile>> LinuxFileSystem::open_append(const std::string& path) {
  RESUS_TRY(auto fd, open_file(path, O_RDWR | O_CREAT, Code::kWrite));
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return failure(errno_error(Code::kWrite, "stat " + path, errno));
  return std::make_unique<LinuxAppendFile>(std::move(fd), path, static_cast<std::uint64_t>(status.st_size));
}

Result<std::unique_ptr<ReadFile>> LinuxFileSystem::open_read(const std::string& path) {
  RESUS_TRY(auto fd, open_file(path, O_RDONLY, Code::kRead));
  return std::make_unique<LinuxReadFile>(std::move(fd), path);
}

Result<std::unique_ptr<PatchFile>> LinuxFileSystem::open_patch(const std::string& path) {
  RESUS_TRY(auto fd, open_file(path, O_WRONLY, Code::kWrite));
  return std::make_unique<LinuxPatchFile>(std::move(fd), path);
}

Result<std::string> LinuxFileSystem::read_all(const std::string& path, std::size_t max_bytes) {
  return read_text(path, max_bytes);
}

Result<void> LinuxFileSystem::replace(const std::string& path, std::string_view content) {
  const std::string beside = path + ".new";
  auto written = write_and_sync(beside, content);
  if (!written) {
    (void)::unlink(beside.c_str());  // best effort: the first failure is what counts
    return written;
  }
  RESUS_TRY(rename(beside, path));
  return sync_directory(parent_of(path));
}

Result<void> LinuxFileSystem::truncate(const std::string& path, std::uint64_t size_bytes) {
  if (::truncate(path.c_str(), static_cast<off_t>(size_bytes)) == 0) return success();
  return failure(errno_error(Code::kWrite, "truncate " + path, errno));
}

Result<void> LinuxFileSystem::rename(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) == 0) return success();
  return failure(errno_error(Code::kWrite, "rename " + from + " to " + to, errno));
}

Result<void> LinuxFileSystem::remove(const std::string& path) {
  if (::remove(path.c_str()) == 0) return success();
  return failure(errno_error(Code::kWrite, "remove " + path, errno));
}

Result<void> LinuxFileSystem::make_directories(const std::string& path) {
  for (std::size_t end = 0; end != std::string::npos;) {
    end = path.find('/', end + 1);
    const std::string level = path.substr(0, end);
    if (::mkdir(level.c_str(), 0755) == 0) {
      RESUS_TRY(sync_directory(parent_of(level)));
    } else if (errno != EEXIST) {
      return failure(errno_error(Code::kWrite, "make directory " + level, errno));
    }
  }
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) {
    return fail(Code::kWrite, "make directory " + path + ": a file has this name");
  }
  return success();
}

Result<std::vector<std::string>> LinuxFileSystem::list(const std::string& path) {
  DIR* directory = ::opendir(path.c_str());
  if (directory == nullptr) return failure(errno_error(Code::kRead, "list " + path, errno));
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = ::readdir(directory)) {
    const std::string_view name(entry->d_name);
    if (name != "." && name != "..") names.emplace_back(name);
  }
  const int failed = errno;
  ::closedir(directory);
  if (failed != 0) return failure(errno_error(Code::kRead, "list " + path, failed));
  std::ranges::sort(names);
  return names;
}

Result<bool> LinuxFileSystem::exists(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0) return true;
  if (errno == ENOENT || errno == ENOTDIR) return false;
  return failure(errno_error(Code::kRead, "stat " + path, errno));
}

Result<void> LinuxFileSystem::sync_directory(const std::string& path) {
  RESUS_TRY(auto fd, open_file(path, O_RDONLY | O_DIRECTORY, Code::kWrite));
  if (::fsync(fd.get()) != 0) return failure(errno_error(Code::kWrite, "sync directory " + path, errno));
  return success();
}

Result<Space> LinuxFileSystem::space(const std::string& path) {
  struct statvfs status {};
  if (::statvfs(path.c_str(), &status) != 0) return failure(errno_error(Code::kRead, "statvfs " + path, errno));
  const std::uint64_t block = status.f_frsize;
  return Space{.total_bytes = status.f_blocks * block, .free_bytes = status.f_bavail * block};
}

namespace {

class HeldLock final : public FileLock {
 public:
  explicit HeldLock(UniqueFd fd) : fd_(std::move(fd)) {}

 private:
  UniqueFd fd_;
};

}  // namespace

Result<std::unique_ptr<FileLock>> LinuxFileSystem::lock(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!fd.valid()) return failure(errno_error(Code::kWrite, "open " + path, errno));
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return fail(Code::kConflict, path + " is held by another process");
    return failure(errno_error(Code::kWrite, "lock " + path, errno));
  }
  return std::make_unique<HeldLock>(std::move(fd));
}

}  // namespace resus::hw
