#define FUSE_USE_VERSION 35
#include "hw/linux/fuse/fuse_mounts.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fuse_lowlevel.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "hw/fd.hpp"
#include "hw/linux/fuse/inodes.hpp"
#include "hw/linux/fuse/kernel_memory.hpp"

namespace resus::hw {
namespace {

constexpr double kForever = 1e9;  // seconds the kernel may keep what does not change
constexpr unsigned kMaxReadaheadBytes = 1 << 20;

double kept_for(const Inode& node) { return node.file && node.file->grows() ? 0 : kForever; }

struct Served {
  Inodes inodes;
  std::int64_t time;
  KernelMemory* memory = nullptr;  ///< there before the first read
};

Served& served(fuse_req_t request) { return *static_cast<Served*>(fuse_req_userdata(request)); }

struct stat status_of(const Served& tree, std::uint64_t number, const Inode& node) {
  struct stat status {};
  status.st_ino = number;
  status.st_mode = node.file ? S_IFREG | 0444 : S_IFDIR | 0555;
  status.st_nlink = node.file ? 1 : 2;
  status.st_size = node.file ? static_cast<off_t>(node.file->size_bytes()) : 0;
  status.st_blocks = (status.st_size + 511) / 512;
  status.st_blksize = 1 << 20;
  status.st_uid = ::getuid();
  status.st_gid = ::getgid();
  status.st_mtime = status.st_ctime = status.st_atime = tree.time;
  return status;
}

void do_lookup(fuse_req_t request, fuse_ino_t parent, const char* name) {
  const auto& tree = served(request);
  const auto* folder = tree.inodes.find(parent);
  const auto found = folder != nullptr ? folder->children.find(name) : std::map<std::string, std::uint64_t>::const_iterator();
  if (folder == nullptr || found == folder->children.end()) {
    fuse_reply_err(request, ENOENT);
    return;
  }
  fuse_entry_param entry{};
  entry.ino = found->second;
  entry.attr = status_of(tree, entry.ino, *tree.inodes.find(entry.ino));
  entry.entry_timeout = kForever;
  entry.attr_timeout = kept_for(*tree.inodes.find(entry.ino));
  fuse_reply_entry(request, &entry);
}

void do_getattr(fuse_req_t request, fuse_ino_t number, fuse_file_info*) {
  const auto& tree = served(request);
  const auto* node = tree.inodes.find(number);
  if (node == nullptr) {
    fuse_reply_err(request, ENOENT);
    return;
  }
  const auto status = status_of(tree, number, *node);
  fuse_reply_attr(request, &status, kept_for(*node));
}

void do_open(fuse_req_t request, fuse_ino_t number, fuse_file_info* how) {
  const auto* node = served(request).inodes.find(number);
  if (node == nullptr || !node->file) {
    fuse_reply_err(request, node == nullptr ? ENOENT : EISDIR);
  } else if ((how->flags & O_ACCMODE) != O_RDONLY) {
    fuse_reply_err(request, EROFS);
  } else {
    how->keep_cache = node->file->grows() ? 0 : 1;
    how->direct_io = node->file->grows() ? 1 : 0;
    fuse_reply_open(request, how);
  }
}

void do_read(fuse_req_t request, fuse_ino_t number, std::size_t size, off_t offset, fuse_file_info*) {
  const auto& tree = served(request);
  const auto* node = tree.inodes.find(number);
  if (node == nullptr || !node->file) {
    fuse_reply_err(request, EBADF);
    return;
  }
  thread_local std::vector<std::byte> buffer;
  const auto begin = std::min(static_cast<std::uint64_t>(offset), node->file->size_bytes());
  const auto length = static_cast<std::size_t>(std::min<std::uint64_t>(size, node->file->size_bytes() - begin));
  if (buffer.size() < length) buffer.resize(length);
  const auto how = tree.memory->follow(number, node->file, begin, length);
  if (!node->file->read(begin, std::span(buffer).first(length), how)) {  // whoever computes the file has said why
    fuse_reply_err(request, EIO);
    return;
  }
  fuse_reply_buf(request, reinterpret_cast<const char*>(buffer.data()), length);
}

void do_readdir(fuse_req_t request, fuse_ino_t number, std::size_t size, off_t offset, fuse_file_info*) {
  const auto& tree = served(request);
  const auto* folder = tree.inodes.find(number);
  if (folder == nullptr || folder->file) {
    fuse_reply_err(request, ENOTDIR);
    return;
  }
  std::vector<std::pair<std::string, std::uint64_t>> list{{".", number}, {"..", std::max<std::uint64_t>(folder->parent, 1)}};
  list.insert(list.end(), folder->children.begin(), folder->children.end());
  std::string out(size, '\0');
  std::size_t used = 0;
  for (auto i = static_cast<std::size_t>(offset); i < list.size(); ++i) {
    const auto status = status_of(tree, list[i].second, *tree.inodes.find(list[i].second));
    const auto length = fuse_add_direntry(request, out.data() + used, size - used, list[i].first.c_str(), &status, static_cast<off_t>(i + 1));
    if (length > size - used) break;
    used += length;
  }
  fuse_reply_buf(request, out.data(), used);
}

void do_init(void*, fuse_conn_info* connection) {
  connection->max_readahead = kMaxReadaheadBytes;
}

constexpr fuse_lowlevel_ops operations() {
  fuse_lowlevel_ops ops{};
  ops.init = do_init;
  ops.lookup = do_lookup;
  ops.getattr = do_getattr;
  ops.open = do_open;
  ops.read = do_read;
  ops.readdir = do_readdir;
  return ops;
}

/// What the kernel needs of libfuse, made and unmade in order.
class Session {
 public:
  Session() = default;
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session() {
    if (session_ == nullptr) return;
    if (mounted_) fuse_session_unmount(session_);
    fuse_session_destroy(session_);
  }
  Result<void> mount(Served& tree, const MountOptions& options) {
    static constexpr auto kOperations = operations();
    const auto flags = "ro,nosuid,nodev,noexec,subtype=resus,fsname=" + options.source;
    const char* arguments[] = {"resus", "-o", flags.c_str()};
    fuse_args args = FUSE_ARGS_INIT(3, const_cast<char**>(arguments));
    std::error_code wrong;  // a process in the background has "/" as its folder
    const auto directory = std::filesystem::absolute(options.directory, wrong);
    session_ = fuse_session_new(&args, &kOperations, sizeof kOperations, &tree);
    fuse_opt_free_args(&args);
    if (session_ == nullptr) return fail(Code::kProcess, "libfuse does not start");
    if (fuse_session_mount(session_, directory.c_str()) != 0) {
      return fail(Code::kProcess, "mount on " + options.directory + " failed: is there /dev/fuse, and may this user mount (fusermount3)?");
    }
    mounted_ = true;
    return success();
  }
  [[nodiscard]] fuse_session* get() const { return session_; }

 private:
  fuse_session* session_ = nullptr;
  bool mounted_ = false;
};

/// Wakes whoever waits for it, any number of times. Threads: any.
class Bell {
 public:
  Bell() : fd_(::eventfd(0, EFD_CLOEXEC)) {}
  void ring() const {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(fd_.get(), &one, sizeof one);  // cannot fail before 2^64 rings
  }
  void wait() const {
    pollfd waits{fd_.get(), POLLIN, 0};
    while (::poll(&waits, 1, -1) < 0 && errno == EINTR) {
    }
  }

 private:
  UniqueFd fd_;
};

const Bell* signalled_bell = nullptr;  // of a process that serves in the background: it has one mount

void on_signal(int) { signalled_bell->ring(); }

/// The forked child has no thread that waits for signals any more.
void end_on_signals(const Bell& bell) {
  signalled_bell = &bell;
  struct sigaction action {};
  action.sa_handler = on_signal;
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    ::sigaction(signal, &action, nullptr);
    sigaddset(&signals, signal);
  }
  ::pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

/// The threads that answer. They wait in read(2), which the kernel wakes one at a time; a signal that does nothing else gets
/// them out of it.
class Answering {
 public:
  Answering(fuse_session* session, const Bell& bell) : session_(session), bell_(bell) {
    struct sigaction nothing {};
    nothing.sa_handler = [](int) {};
    ::sigaction(SIGUSR1, &nothing, nullptr);
    const auto count = std::max(2u, std::thread::hardware_concurrency());
    left_ = static_cast<int>(count);
    for (unsigned i = 0; i < count; ++i) threads_.emplace_back([this] { answer(); });
  }
  Answering(const Answering&) = delete;
  Answering& operator=(const Answering&) = delete;
  ~Answering() {
    fuse_session_exit(session_);
    while (left_ > 0) {  // a signal that comes just before read(2) is lost: once more
      for (auto& thread : threads_) ::pthread_kill(thread.native_handle(), SIGUSR1);
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }

 private:
  void answer() {
    fuse_buf request{};
    while (fuse_session_exited(session_) == 0) {
      const int got = fuse_session_receive_buf(session_, &request);
      if (got == -EINTR || got == -EAGAIN) continue;
      if (got <= 0) break;  // unmounted
      fuse_session_process_buf(session_, &request);
    }
    std::free(request.mem);
    --left_;
    bell_.ring();
  }

  fuse_session* const session_;
  const Bell& bell_;
  std::atomic<int> left_{0};
  std::vector<std::jthread> threads_;
};

Result<void> check_directory(const std::string& path) {
  DIR* directory = ::opendir(path.c_str());
  if (directory == nullptr) return failure(errno_error(Code::kProcess, "open folder " + path, errno));
  std::size_t entries = 0;
  while (::readdir(directory) != nullptr) ++entries;
  ::closedir(directory);
  if (entries > 2) return fail(Code::kConflict, path + " is not empty; a mount would hide what lies there");
  return success();
}

}  // namespace

std::uint64_t FuseMounts::memory_bytes() const {
  return static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES)) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

Result<void> FuseMounts::serve(const std::vector<ServedEntry>& entries, const MountOptions& options,
                               const MountEvents& events, const std::stop_token& stop) {
  RESUS_TRY(check_directory(options.directory));
  Served tree{.inodes = Inodes(entries), .time = options.time};
  Session session;
  RESUS_TRY(session.mount(tree, options));
  events.mounted();
  if (!options.foreground && fuse_daemonize(0) != 0) return failure(errno_error(Code::kProcess, "go into the background", errno));
  const Bell bell;
  if (!options.foreground) end_on_signals(bell);
  events.serving();
  const std::stop_callback stopped(stop, [&bell] { bell.ring(); });
  KernelMemory memory(session.get(), tree.inodes, options.kept_bytes);
  tree.memory = &memory;
  const Answering answering(session.get(), bell);
  bell.wait();
  memory.stop();  // while answers are still given
  return success();
}

}  // namespace resus::hw
