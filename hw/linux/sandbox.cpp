#include "hw/linux/sandbox.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>
#include <vector>

#include "hw/fd.hpp"
#include "hw/linux/confine.hpp"
#include "hw/linux/file_io.hpp"

namespace resus::hw {
namespace {

constexpr int kInput = 0;   ///< the child's descriptors
constexpr int kOutput = 3;
constexpr int kUnconfinedStatus = 127;
constexpr int kExceptionStatus = 126;
constexpr std::size_t kPieceBytes = 256 * 1024;

class PipeChild : public SandboxChild {
 public:
  Result<std::size_t> read(std::span<std::byte> buffer) override {
    for (;;) {
      const ssize_t got = ::read(kInput, buffer.data(), buffer.size());
      if (got >= 0) return static_cast<std::size_t>(got);
      if (errno != EINTR) return errno_error(Code::kRead, "sandbox: input", errno);
    }
  }
  Result<void> say(std::string_view message) override {
    if (message.size() > kMaxMessageBytes) return fail(Code::kInternal, "sandbox: message too long");
    const auto size = static_cast<std::uint32_t>(message.size());
    std::string frame(sizeof size, '\0');
    std::memcpy(frame.data(), &size, sizeof size);
    frame += message;
    return write_all(kOutput, std::as_bytes(std::span(frame)), "sandbox output");
  }
};

/// Only `input`, `output` and stderr stay open; whatever prints on stdout goes to stderr.
bool arrange_descriptors(int input, int output) {
  const int high_in = fcntl(input, F_DUPFD, 100);
  const int high_out = fcntl(output, F_DUPFD, 100);
  return high_in >= 0 && high_out >= 0 && dup2(high_in, kInput) >= 0 && dup2(high_out, kOutput) >= 0 &&
         dup2(2, 1) >= 0 && syscall(SYS_close_range, 4U, ~0U, 0U) == 0;
}

[[noreturn]] void child_main(const SandboxPolicy& policy, int parent_pid, int input, int output,
                             const std::function<int(SandboxChild&)>& work) {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGINT, SIG_IGN);  // Ctrl-C is the parent's business
  if (!arrange_descriptors(input, output)) _exit(kUnconfinedStatus);
  PipeChild child;
  if (auto confined = confine(policy, parent_pid); !confined) {
    const std::string why = confined.error().context + "\n";
    (void)!::write(2, why.data(), why.size());
    _exit(kUnconfinedStatus);
  }
  try {
    _exit(work(child));
  } catch (...) {  // out of memory, mostly: nothing of it may reach the parent's code
    _exit(kExceptionStatus);
  }
}

/// Parent's half: both pipe ends, the child's id, and what is half said.
class Conversation {
 public:
  Conversation(int pid, UniqueFd to_child, UniqueFd from_child, const SandboxTalk& talk)
      : pid_(pid), to_child_(std::move(to_child)), from_child_(std::move(from_child)), talk_(talk) {}
  ~Conversation() {
    if (reaped_) return;
    ::kill(pid_, SIGKILL);
    (void)reap(0);
  }
  Conversation(const Conversation&) = delete;
  Conversation& operator=(const Conversation&) = delete;

  Result<int> hold(std::chrono::milliseconds silence) {
    while (from_child_.valid()) {
      RESUS_TRY(turn(silence));
    }
    to_child_ = UniqueFd();
    RESUS_TRY(wait_for_end(silence));
    return reap(0);
  }

 private:
  Result<void> turn(std::chrono::milliseconds silence) {
    if (to_child_.valid() && pending_.empty()) {
      RESUS_TRY(fetch());
    }
    pollfd ends[2] = {{from_child_.get(), POLLIN, 0}, {to_child_.get(), POLLOUT, 0}};
    const int ready = poll(ends, to_child_.valid() ? 2 : 1, static_cast<int>(silence.count()));
    if (ready < 0 && errno != EINTR) return errno_error(Code::kProcess, "sandbox: poll", errno);
    if (ready == 0) return fail(Code::kProcess, "sandbox: the child was silent for too long and was ended");
    if (ends[0].revents != 0) {
      RESUS_TRY(hear());
    }
    if (to_child_.valid() && ends[1].revents != 0) {
      RESUS_TRY(give());
    }
    return success();
  }

  Result<void> fetch() {
    buffer_.resize(kPieceBytes);
    RESUS_TRY(const std::size_t got, talk_.feed ? talk_.feed(buffer_) : Result<std::size_t>(std::size_t{0}));
    pending_ = std::span(buffer_).first(got);
    if (got == 0) to_child_ = UniqueFd();
    return success();
  }

  Result<void> give() {
    const ssize_t put = ::write(to_child_.get(), pending_.data(), pending_.size());
    if (put >= 0) {
      pending_ = pending_.subspan(static_cast<std::size_t>(put));
    } else if (errno == EPIPE) {  // it has read all that it wants
      to_child_ = UniqueFd();
    } else if (errno != EAGAIN && errno != EINTR) {
      return errno_error(Code::kProcess, "sandbox: write to child", errno);
    }
    return success();
  }

  Result<void> hear() {
    char piece[16384];
    const ssize_t got = ::read(from_child_.get(), piece, sizeof piece);
    if (got < 0) {
      if (errno == EINTR || errno == EAGAIN) return success();
      return errno_error(Code::kProcess, "sandbox: read from child", errno);
    }
    if (got == 0) {
      from_child_ = UniqueFd();
      return success();
    }
    heard_.append(piece, static_cast<std::size_t>(got));
    return take_messages();
  }

  Result<void> take_messages() {
    std::size_t at = 0;
    std::uint32_t size = 0;
    while (heard_.size() - at >= sizeof size) {
      std::memcpy(&size, heard_.data() + at, sizeof size);
      if (size > kMaxMessageBytes) return fail(Code::kProcess, "sandbox: the child's message is too long");
      if (heard_.size() - at - sizeof size < size) break;
      if (talk_.heard) {
        RESUS_TRY(talk_.heard(std::string_view(heard_).substr(at + sizeof size, size)));
      }
      at += sizeof size + size;
    }
    heard_.erase(0, at);
    return success();
  }

  /// The child has closed its mouth; a whole one is gone now.
  Result<void> wait_for_end(std::chrono::milliseconds silence) {
    const UniqueFd watch(static_cast<int>(syscall(SYS_pidfd_open, pid_, 0U)));
    if (!watch.valid()) return errno_error(Code::kProcess, "sandbox: watch child", errno);
    pollfd end{watch.get(), POLLIN, 0};
    for (;;) {
      const int ready = poll(&end, 1, static_cast<int>(silence.count()));
      if (ready > 0) return success();
      if (ready < 0 && errno == EINTR) continue;
      return fail(Code::kProcess, "sandbox: the child did not end and was killed");
    }
  }

  Result<int> reap(int options) {
    int status = 0;
    while (waitpid(pid_, &status, options) < 0) {
      if (errno != EINTR) return errno_error(Code::kProcess, "sandbox: wait", errno);
    }
    reaped_ = true;
    if (WIFSIGNALED(status)) {
      return fail(Code::kProcess, "sandbox: the child was ended by signal " + std::to_string(WTERMSIG(status)));
    }
    const int code = WEXITSTATUS(status);
    if (code == kUnconfinedStatus) return fail(Code::kProcess, "sandbox: the child could not be confined");
    if (code == kExceptionStatus) return fail(Code::kProcess, "sandbox: the child ran out of its memory limit");
    return code;
  }

  int pid_;
  bool reaped_ = false;
  UniqueFd to_child_, from_child_;
  const SandboxTalk& talk_;
  std::vector<std::byte> buffer_;
  std::span<std::byte> pending_;
  std::string heard_;
};

Result<void> make_pipe(UniqueFd& read_end, UniqueFd& write_end) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return errno_error(Code::kProcess, "sandbox: pipe", errno);
  read_end = UniqueFd(ends[0]);
  write_end = UniqueFd(ends[1]);
  return success();
}

}  // namespace

Result<int> LinuxSandbox::run(const SandboxPolicy& policy, const SandboxTalk& talk,
                              const std::function<int(SandboxChild&)>& work) {
  std::signal(SIGPIPE, SIG_IGN);  // a child that ends early must not end the service
  UniqueFd child_in, to_child, from_child, child_out;
  RESUS_TRY(make_pipe(child_in, to_child));
  RESUS_TRY(make_pipe(from_child, child_out));
  if (fcntl(to_child.get(), F_SETFL, O_NONBLOCK) != 0) return errno_error(Code::kProcess, "sandbox: pipe", errno);
  const int parent = getpid();
  const int pid = fork();
  if (pid < 0) return errno_error(Code::kProcess, "sandbox: fork", errno);
  if (pid == 0) child_main(policy, parent, child_in.get(), child_out.get(), work);
  child_in = UniqueFd();
  child_out = UniqueFd();
  Conversation conversation(pid, std::move(to_child), std::move(from_child), talk);
  return conversation.hold(policy.silence);
}

}  // namespace resus::hw
