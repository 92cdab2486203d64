#include "hw/linux/beneath.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>
#include <vector>

namespace resus::hw {
namespace {

constexpr std::size_t kMaxAttributeBytes = 65536;  // XATTR_SIZE_MAX and XATTR_LIST_MAX of the kernel

bool carried(std::string_view name) {
  return name.starts_with("user.") || name == "system.posix_acl_access" || name == "system.posix_acl_default";
}

std::vector<std::string> attribute_names(int fd) {
  std::string list(kMaxAttributeBytes, '\0');
  const ssize_t size = flistxattr(fd, list.data(), list.size());
  std::vector<std::string> names;  // a file system without attributes has none
  for (std::size_t at = 0; size > 0 && at < static_cast<std::size_t>(size);) {
    names.emplace_back(list.c_str() + at);
    at += names.back().size() + 1;
  }
  return names;
}

Result<void> copy_attributes(int from, int to, const std::string& name) {
  for (const auto& old : attribute_names(to)) {
    if (carried(old)) (void)fremovexattr(to, old.c_str());
  }
  std::string value(kMaxAttributeBytes, '\0');
  for (const auto& attribute : attribute_names(from)) {
    if (!carried(attribute)) continue;
    const ssize_t size = fgetxattr(from, attribute.c_str(), value.data(), value.size());
    if (size < 0) return errno_error(Code::kRead, "attribute " + attribute + " of " + name, errno);
    if (fsetxattr(to, attribute.c_str(), value.data(), static_cast<std::size_t>(size), 0) != 0) {
      return errno_error(Code::kWrite, "attribute " + attribute + " of " + name, errno);
    }
  }
  return success();
}

}  // namespace

Result<UniqueFd> open_beneath(int root, const std::string& path, int flags, Code code, unsigned mode) {
  open_how how{};
  // With O_PATH the last name may be a symbolic link that is looked at; otherwise RESOLVE_NO_SYMLINKS refuses it.
  how.flags = static_cast<unsigned>(flags | O_CLOEXEC | ((flags & O_PATH) != 0 ? O_NOFOLLOW : 0));
  how.mode = mode;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  const char* name = path.empty() ? "." : path.c_str();
  for (;;) {
    const long fd = syscall(SYS_openat2, root, name, &how, sizeof how);
    if (fd >= 0) return UniqueFd(static_cast<int>(fd));
    if (errno == EINTR || errno == EAGAIN) continue;  // EAGAIN: a rename happened meanwhile
    const bool escape = errno == ELOOP || errno == EXDEV;
    return errno_error(escape ? Code::kArchiveHostile : code, "open " + path, errno);
  }
}

Result<Place> place_beneath(int root, const std::string& path, Code code) {
  if (path.empty()) return fail(Code::kInternal, "the root has no place beneath itself");
  const auto slash = path.rfind('/');
  const std::string parent = slash == std::string::npos ? "" : path.substr(0, slash);
  RESUS_TRY(auto directory, open_beneath(root, parent, O_RDONLY | O_DIRECTORY, code));
  return Place{std::move(directory), path.substr(slash == std::string::npos ? 0 : slash + 1)};
}

Result<void> copy_metadata(int from, int to, const std::string& name) {
  struct stat stat {};
  if (fstat(from, &stat) != 0) return errno_error(Code::kRead, "stat " + name, errno);
  if (fchown(to, stat.st_uid, stat.st_gid) != 0 && errno != EPERM && errno != EOPNOTSUPP) {
    return errno_error(Code::kWrite, "owner of " + name, errno);
  }
  RESUS_TRY(copy_attributes(from, to, name));
  if (fchmod(to, stat.st_mode & 07777) != 0 && errno != EPERM && errno != EOPNOTSUPP) {
    return errno_error(Code::kWrite, "mode of " + name, errno);
  }
  return success();
}

}  // namespace resus::hw
