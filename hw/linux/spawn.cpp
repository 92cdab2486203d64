#include "hw/linux/spawn.hpp"

#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace resus::hw {
namespace {

/// What a child says that could not become the program.
struct Failed {
  int error = 0;
  char step[80] = {};  ///< empty: the exec
};

/// In the child: only calls that are safe between fork and exec in a program with threads.
[[noreturn]] void become(char* const* argv, const StandardFds& fds, bool end_with_parent, pid_t parent, int report, const Walls* walls) {
  static char path[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  static char locale[] = "LC_ALL=C.UTF-8";
  static char* const environment[] = {path, locale, nullptr};

  sigset_t none;
  sigemptyset(&none);
  struct sigaction standard {};
  standard.sa_handler = SIG_DFL;
  for (int signal = 1; signal < NSIG; ++signal) ::sigaction(signal, &standard, nullptr);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);

  bool good = true;
  if (end_with_parent) {
    good = ::prctl(PR_SET_PDEATHSIG, SIGTERM) == 0;
    if (::getppid() != parent) ::_exit(127);  // it ended before we could ask
  }
  // Above 2 first: PID 1 may have none of 0, 1 and 2 open, and ours may have got just these numbers.
  const int in = ::fcntl(fds.in, F_DUPFD_CLOEXEC, 3), out = ::fcntl(fds.out, F_DUPFD_CLOEXEC, 3),
            err = ::fcntl(fds.err, F_DUPFD_CLOEXEC, 3);
  report = ::fcntl(report, F_DUPFD_CLOEXEC, 3);
  good = good && ::dup2(in, 0) == 0 && ::dup2(out, 1) == 1 && ::dup2(err, 2) == 2;
  // Whoever started us may have left descriptors without O_CLOEXEC.
  ::syscall(SYS_close_range, 3u, ~0u, CLOSE_RANGE_CLOEXEC);
  Failed failed;
  const char* const step = good && walls != nullptr ? walls->put_up(parent) : nullptr;
  if (good && step == nullptr) ::execve(argv[0], argv, environment);
  failed.error = errno;
  if (step != nullptr) ::strncpy(failed.step, step, sizeof failed.step - 1);
  (void)!::write(report, &failed, sizeof failed);
  ::_exit(127);
}

}  // namespace

Result<pid_t> spawn(const std::vector<std::string>& argv, const StandardFds& fds, bool end_with_parent,
                    const Walls* walls) {
  if (argv.empty() || !argv[0].starts_with('/')) return fail(Code::kProcess, "a program needs an absolute path");
  std::vector<char*> words;
  for (const auto& word : argv) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  // The child reports a failed exec through a pipe that a successful one closes.
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return failure(errno_error(Code::kProcess, "start " + argv[0], errno));
  UniqueFd read_end(ends[0]), write_end(ends[1]);
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) return failure(errno_error(Code::kProcess, "start " + argv[0], errno));
  if (pid == 0) become(words.data(), fds, end_with_parent, parent, write_end.get(), walls);
  write_end = UniqueFd();
  Failed failed;
  ssize_t n = 0;
  do {
    n = ::read(read_end.get(), &failed, sizeof failed);
  } while (n < 0 && errno == EINTR);
  if (n == 0) return pid;
  (void)reap(pid);
  Error error = errno_error(Code::kProcess, "start " + argv[0] + (failed.step[0] == '\0' ? "" : ": " + std::string(failed.step)), failed.error);
  error.code = Code::kProcess;  // a missing program is no missing file to the caller
  return failure(std::move(error));
}

Result<UniqueFd> open_pid(pid_t pid) {
  const auto fd = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  if (fd < 0) return failure(errno_error(Code::kProcess, "watch process " + std::to_string(pid), errno));
  return UniqueFd(fd);
}

bool ended_within(pid_t pid, int milliseconds) {
  const auto watched = open_pid(pid);
  if (!watched) return true;  // not there any more
  pollfd entry{.fd = watched.value().get(), .events = POLLIN, .revents = 0};
  int ready = 0;
  do {
    ready = ::poll(&entry, 1, milliseconds);
  } while (ready < 0 && errno == EINTR);
  return ready > 0;
}

int reap(pid_t pid) {
  int status = 0;
  pid_t reaped = 0;
  do {
    reaped = ::waitpid(pid, &status, 0);
  } while (reaped < 0 && errno == EINTR);
  if (reaped != pid) return -1;
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace resus::hw
