#include "hw/linux/walls.hpp"

#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <filesystem>

#include "hw/linux/file_io.hpp"
#include "hw/linux/paths.hpp"
#include "hw/linux/system_call_filter.hpp"

namespace resus::hw {
namespace {

constexpr unsigned kNobody = 65534;
constexpr char kWork[] = "/work";  ///< the folder's name in the root of its own

// Newer than Debian's headers. Source: Linux, include/uapi/linux/landlock.h.
constexpr std::uint64_t kTruncate = 1ULL << 14;  // since version 3
constexpr std::uint64_t kFirstVersion = (1ULL << 13) - 1;
constexpr std::uint64_t kLook = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
constexpr std::uint64_t kWorkIn = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_WRITE_FILE |
                                  LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG | kTruncate;

/// Landlock, before version 3, and the permissions of files know nothing of these by a file's name.
constexpr long kRefusedByName[] = {
    SYS_truncate, SYS_fchmodat, SYS_fchownat, SYS_utimensat, SYS_setxattr, SYS_lsetxattr, SYS_removexattr, SYS_lremovexattr,
    452,  // fchmodat2, newer than Debian's headers
#if defined(__x86_64__)
    SYS_chmod, SYS_chown, SYS_lchown, SYS_utime, SYS_utimes, SYS_futimesat,
#endif
};

std::uint64_t handled_by(long version) {
  auto handled = kFirstVersion;
  if (version >= 2) handled |= LANDLOCK_ACCESS_FS_REFER;
  if (version >= 3) handled |= kTruncate;
  return handled;
}

/// Only system calls below: this is a child between fork and exec.

bool write_map(const char* path, const char* text, std::size_t bytes) noexcept {
  const int fd = ::open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool written = ::write(fd, text, bytes) == static_cast<ssize_t>(bytes);
  ::close(fd);
  return written;
}

bool bind(const char* source, const char* place, unsigned long flags) noexcept {
  return ::mkdir(place, 0755) == 0 && ::mount(source, place, nullptr, MS_BIND | MS_REC, nullptr) == 0 &&
         ::mount(nullptr, place, nullptr, MS_REMOUNT | MS_BIND | MS_NOSUID | MS_NODEV | flags, nullptr) == 0;
}

bool set_limit(__rlimit_resource resource, rlim_t value) noexcept {
  const rlimit both{.rlim_cur = value, .rlim_max = value};
  return ::setrlimit(resource, &both) == 0;
}

bool become_nobody() noexcept {
  return ::setgroups(0, nullptr) == 0 && ::setresgid(kNobody, kNobody, kNobody) == 0 && ::setresuid(kNobody, kNobody, kNobody) == 0;
}

bool drop_capabilities() noexcept {
  for (int capability = 0; ::prctl(PR_CAPBSET_READ, capability) >= 0; ++capability) {
    // EPERM: the set is out of reach for an ordinary user, and of no use to him without new privileges.
    if (::prctl(PR_CAPBSET_DROP, capability) != 0 && errno != EPERM) return false;
  }
  __user_cap_header_struct head{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  std::array<__user_cap_data_struct, 2> none{};
  return ::syscall(SYS_capset, &head, none.data()) == 0;
}

}  // namespace

Result<Walls> Walls::prepare(const Confinement& confinement) {
  Walls walls;
  walls.confinement_ = confinement;
  walls.user_map_ = std::to_string(::geteuid()) + " " + std::to_string(::geteuid()) + " 1";
  walls.group_map_ = std::to_string(::getegid()) + " " + std::to_string(::getegid()) + " 1";
  walls.filter_ = refusing_escapes(kRefusedByName);
  walls.list_system();
  if (const auto folder = open_file(confinement.folder, O_PATH | O_DIRECTORY, Code::kProcess); !folder) {
    return fail(Code::kProcess, "confine: " + folder.error().context);
  }
  walls.make_rules();
  return walls;
}

void Walls::list_system() {
  for (const char* name : {"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"}) {
    std::error_code problem;
    const auto kind = std::filesystem::symlink_status(name, problem).type();
    Seen seen{.source = name, .place = std::string(paths::kProc) + name, .target = {}};
    if (kind == std::filesystem::file_type::symlink) seen.target = std::filesystem::read_symlink(name, problem).string();
    if (!problem && (kind == std::filesystem::file_type::directory || !seen.target.empty())) system_.push_back(std::move(seen));
  }
}

bool Walls::add_rule(const std::string& path, std::uint64_t access) {
  const auto file = open_file(path, O_PATH, Code::kProcess);
  if (!file) return false;
  const landlock_path_beneath_attr rule{.allowed_access = access, .parent_fd = file.value().get()};
  return ::syscall(SYS_landlock_add_rule, rules_.get(), LANDLOCK_RULE_PATH_BENEATH, &rule, 0U) == 0;
}

void Walls::make_rules() {
  const long version = ::syscall(SYS_landlock_create_ruleset, nullptr, std::size_t{0}, LANDLOCK_CREATE_RULESET_VERSION);
  if (version < 1) return;
  const landlock_ruleset_attr attributes{.handled_access_fs = handled_by(version)};
  rules_ = UniqueFd(static_cast<int>(::syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0U)));
  bool good = rules_.valid() && add_rule(confinement_.folder, kWorkIn & attributes.handled_access_fs);
  for (const auto& seen : system_) good = good && (!seen.target.empty() || add_rule(seen.source, kLook));
  if (!good) rules_ = UniqueFd();
}

bool Walls::leave_namespaces(bool& still_root) const noexcept {
  constexpr int kSpaces = CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS;
  still_root = ::geteuid() == 0 && ::unshare(kSpaces) == 0;
  if (still_root) return true;
  if (::unshare(kSpaces | CLONE_NEWUSER) != 0) return false;
  return write_map("/proc/self/setgroups", "deny", 4) && write_map("/proc/self/uid_map", user_map_.data(), user_map_.size()) &&
         write_map("/proc/self/gid_map", group_map_.data(), group_map_.size());
}

/// Built over /proc: it is there everywhere, and neither the system nor the folder lies in it. Nothing of it may come back to
/// whoever started us: "/" is let go, or, in a chroot, where it is no mount, /proc alone.
bool Walls::enter_own_root() const noexcept {
  const bool let_go = ::mount(nullptr, "/", nullptr, MS_REC | MS_SLAVE, nullptr) == 0 ||
                      ::mount(nullptr, paths::kProc, nullptr, MS_REC | MS_SLAVE, nullptr) == 0;
  if (!let_go) return false;
  if (::mount("tmpfs", paths::kProc, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "size=64k,mode=755") != 0) return false;
  for (const auto& seen : system_) {
    const bool there = seen.target.empty() ? bind(seen.source.c_str(), seen.place.c_str(), MS_RDONLY)
                                           : ::symlink(seen.target.c_str(), seen.place.c_str()) == 0;
    if (!there) return false;
  }
  return bind(confinement_.folder.c_str(), "/proc/work", MS_NOEXEC) &&
         ::mount(nullptr, paths::kProc, nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) == 0 &&
         ::chroot(paths::kProc) == 0 && ::chdir(kWork) == 0;
}

const char* Walls::limit() const noexcept {
  const bool limited = set_limit(RLIMIT_CORE, 0) && set_limit(RLIMIT_NOFILE, 64) && set_limit(RLIMIT_FSIZE, confinement_.file_bytes) &&
                       set_limit(RLIMIT_AS, confinement_.memory_bytes);
  return limited ? nullptr : "limit";
}

const char* Walls::put_up(pid_t parent) const noexcept {
  bool still_root = false;
  const bool own_root = leave_namespaces(still_root) && enter_own_root();
  if (!own_root && !rules_.valid()) return "confine (the kernel grants neither namespaces nor Landlock)";
  if (!own_root && ::chdir(confinement_.folder.c_str()) != 0) return "confine: enter the folder";
  ::umask(0);  // the folder around it keeps others out; whoever started us must be able to read what it writes
  // Without a root of its own the way to the folder may be closed to another user: Landlock has to do then.
  if (own_root && still_root && !become_nobody()) return "confine: user";
  if (!drop_capabilities()) return "confine: capabilities";
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return "confine: no new privileges";
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || (::getppid() != parent)) return "confine: parent";  // late: changing the user clears it
  const bool ruled = rules_.valid() && ::syscall(SYS_landlock_restrict_self, rules_.get(), 0U) == 0;
  if (!own_root && !ruled) return "confine: Landlock";
  if (const char* failed = limit(); failed != nullptr) return failed;
  const sock_fprog filter{.len = static_cast<unsigned short>(filter_.size()), .filter = const_cast<sock_filter*>(filter_.data())};
  return ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0 ? nullptr : "confine: system call filter";
}

}  // namespace resus::hw
