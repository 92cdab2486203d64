#include "hw/linux/system_call_filter.hpp"

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>

namespace resus::hw {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#else
#error "the system call filter knows no numbers for this architecture"
#endif

constexpr std::array kEscapes = {
    SYS_clone,          SYS_clone3,          SYS_socket,          SYS_socketpair,      SYS_connect,
    SYS_ptrace,         SYS_process_vm_readv, SYS_process_vm_writev, SYS_mount,        SYS_umount2,
    SYS_pivot_root,     SYS_chroot,          SYS_unshare,         SYS_setns,           SYS_bpf,
    SYS_perf_event_open, SYS_io_uring_setup, SYS_keyctl,          SYS_add_key,         SYS_request_key,
    SYS_init_module,    SYS_finit_module,    SYS_kexec_load,      SYS_userfaultfd,     SYS_open_by_handle_at,
    SYS_mknodat,        SYS_reboot,          SYS_kill,            SYS_tkill,           SYS_pidfd_send_signal,
    SYS_ioctl,          SYS_fsopen,          SYS_open_tree,       SYS_move_mount,
#if defined(__x86_64__)
    SYS_fork,           SYS_vfork,           SYS_mknod,
#endif
};

void refuse(std::vector<sock_filter>& program, long call) {
  program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(call), 0, 1));
  program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM));
}

}  // namespace

std::vector<sock_filter> refusing_escapes(std::span<const long> more) {
  std::vector<sock_filter> program = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kArchitecture, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
#if defined(__x86_64__)
      BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000U, 0, 1),  // the x32 numbers
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
#endif
  };
  for (const long call : kEscapes) refuse(program, call);
  for (const long call : more) refuse(program, call);
  program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  return program;
}

}  // namespace resus::hw
