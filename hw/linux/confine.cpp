#include "hw/linux/confine.hpp"

#include <grp.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>

#include "hw/linux/system_call_filter.hpp"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define RESUS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define RESUS_SANITIZED 1
#endif
#endif

namespace resus::hw {
namespace {

constexpr unsigned kNobody = 65534;
/// Shows nothing but the numbers of our own descriptors, and nobody can create anything in it.
constexpr const char* kEmptyRoot = "/proc/self/fdinfo";

Result<void> must(int returned, const char* what) {
  if (returned == 0) return success();
  return errno_error(Code::kProcess, std::string("confine: ") + what, errno);
}

Result<void> filter_system_calls() {
  static constexpr std::array<long, 2> kPrograms{SYS_execve, SYS_execveat};
  auto program = refusing_escapes(kPrograms);
  const sock_fprog filter{.len = static_cast<unsigned short>(program.size()), .filter = program.data()};
  return must(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter), "system call filter");
}

Result<void> leave_namespaces() {
  constexpr int kSpaces = CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS;
  if (geteuid() == 0 && unshare(kSpaces) == 0) return success();
  return must(unshare(kSpaces | CLONE_NEWUSER), "namespaces");
}

Result<void> limit(__rlimit_resource resource, rlim_t value, const char* what) {
  const rlimit both{.rlim_cur = value, .rlim_max = value};
  return must(setrlimit(resource, &both), what);
}

/// Address space in use, from /proc/self/statm.
[[maybe_unused]] std::uint64_t mapped_bytes() {
  unsigned long long pages = 0;
  if (std::FILE* file = std::fopen("/proc/self/statm", "re")) {
    if (std::fscanf(file, "%llu", &pages) != 1) pages = 0;
    std::fclose(file);
  }
  return pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

Result<void> limit_resources(const SandboxPolicy& policy) {
  RESUS_TRY(limit(RLIMIT_CORE, 0, "core limit"));
  RESUS_TRY(limit(RLIMIT_NOFILE, 64, "descriptor limit"));
  if (!policy.keeps_file_capabilities) {
    RESUS_TRY(limit(RLIMIT_FSIZE, 0, "file size limit"));
  }
#ifndef RESUS_SANITIZED  // the sanitizers map terabytes
  RESUS_TRY(limit(RLIMIT_AS, mapped_bytes() + policy.memory_bytes, "memory limit"));
#endif
  return success();
}

Result<void> become_nobody() {
  // In a user namespace without a map we are that user already and may not change groups.
  if (geteuid() == kNobody) return success();
  RESUS_TRY(must(setgroups(0, nullptr), "groups"));
  RESUS_TRY(must(setresgid(kNobody, kNobody, kNobody), "group"));
  return must(setresuid(kNobody, kNobody, kNobody), "user");
}

Result<void> reduce_capabilities(bool keep_file_capabilities) {
  constexpr std::uint32_t kFiles = 1U << CAP_CHOWN | 1U << CAP_DAC_OVERRIDE | 1U << CAP_FOWNER;
  for (int capability = 0; prctl(PR_CAPBSET_READ, capability) >= 0; ++capability) {
    const bool kept = keep_file_capabilities && capability < 32 && (kFiles >> capability & 1U) != 0;
    // EPERM: the set is out of reach for an ordinary user, and empty for him anyway.
    if (!kept && prctl(PR_CAPBSET_DROP, capability) != 0 && errno != EPERM) return must(-1, "bounding set");
  }
  __user_cap_header_struct head{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  std::array<__user_cap_data_struct, 2> sets{};
  if (keep_file_capabilities) sets[0].effective = sets[0].permitted = kFiles;
  return must(static_cast<int>(syscall(SYS_capset, &head, sets.data())), "capabilities");
}

}  // namespace

Result<void> confine(const SandboxPolicy& policy, int parent_pid) {
  RESUS_TRY(leave_namespaces());
  RESUS_TRY(limit_resources(policy));
  const char* root = policy.root.empty() ? kEmptyRoot : policy.root.c_str();
  RESUS_TRY(must(chroot(root), "chroot"));
  RESUS_TRY(must(chdir("/"), "chdir"));
  umask(policy.keeps_file_capabilities ? 022 : 077);
  if (!policy.keeps_file_capabilities) {
    RESUS_TRY(become_nobody());
  }
  RESUS_TRY(reduce_capabilities(policy.keeps_file_capabilities));
  RESUS_TRY(must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no new privileges"));
  // Set late: changing the user clears it.
  RESUS_TRY(must(prctl(PR_SET_PDEATHSIG, SIGKILL), "parent death signal"));
  if (getppid() != parent_pid) return fail(Code::kProcess, "confine: the parent has ended");
  return filter_system_calls();
}

}  // namespace resus::hw
