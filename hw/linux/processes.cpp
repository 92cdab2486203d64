#include "hw/linux/processes.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <condition_variable>
#include <functional>
#include <thread>

#include "hw/linux/file_io.hpp"
#include "hw/linux/paths.hpp"
#include "hw/linux/spawn.hpp"

namespace resus::hw {
namespace {

using Steady = std::chrono::steady_clock;

struct Pipe {
  UniqueFd read_end, write_end;
};

Result<Pipe> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return failure(errno_error(Code::kProcess, "make a pipe", errno));
  return Pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

/// The input as a file in memory: no deadlock between what it reads and what it prints, no SIGPIPE.
Result<UniqueFd> input_file(const std::string& input) {
  UniqueFd fd(::memfd_create("input", MFD_CLOEXEC));
  if (!fd.valid()) return failure(errno_error(Code::kProcess, "make the input file", errno));
  RESUS_TRY(write_all(fd.get(), std::as_bytes(std::span(input)), "the input file"));
  if (::lseek(fd.get(), 0, SEEK_SET) != 0) return failure(errno_error(Code::kProcess, "rewind the input", errno));
  return fd;
}

/// Reads what is there now and gives it to `take`. Closed at its end.
template <class Take>
void drain(UniqueFd& fd, Take take) {
  std::array<char, 65536> piece;
  for (;;) {
    const ssize_t n = ::read(fd.get(), piece.data(), piece.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) return;
    if (n <= 0) {
      fd = UniqueFd();
      return;
    }
    take(std::string_view(piece.data(), static_cast<std::size_t>(n)));
  }
}

/// One output of the program, up to the limit.
void drain(UniqueFd& fd, std::string& text, std::size_t limit, bool& over) {
  drain(fd, [&](std::string_view piece) {
    const std::size_t kept = std::min(piece.size(), limit - text.size());
    over = over || kept < piece.size();
    text.append(piece.substr(0, kept));
  });
}

enum class Ending { kByItself, kTimeout, kTooMuch, kStopped, kNoSpace };

/// How long a program that may be stopped, or may fill a disk, goes on unwatched.
constexpr std::int64_t kWatchMs = 100;

bool has_space(const Confinement* confinement) {
  if (confinement == nullptr || confinement->leave_free_bytes == 0) return true;
  struct statvfs space {};
  return ::statvfs(confinement->folder.c_str(), &space) == 0 && std::uint64_t{space.f_bavail} * space.f_frsize >= confinement->leave_free_bytes;
}

/// Reads both outputs until the program has ended. Children of its own that keep the outputs open are
/// not waited for.
Ending collect(int pid_fd, UniqueFd& out, UniqueFd& err, const Command& command, const Confinement* confinement, CommandOutput& output) {
  const auto deadline = Steady::now() + command.timeout;
  const auto longest = confinement != nullptr || command.stop.stop_possible() ? kWatchMs : 1'000'000;
  bool out_over = false, err_over = false;
  for (bool ended = false; !ended;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Steady::now()).count();
    if (left <= 0) return Ending::kTimeout;
    if (command.stop.stop_requested()) return Ending::kStopped;
    if (!has_space(confinement)) return Ending::kNoSpace;
    std::array<pollfd, 3> entries{pollfd{pid_fd, POLLIN, 0}, pollfd{out.get(), POLLIN, 0}, pollfd{err.get(), POLLIN, 0}};
    const int ready = ::poll(entries.data(), entries.size(), static_cast<int>(std::min<std::int64_t>(left, longest)));
    if (ready < 0 && errno != EINTR) return Ending::kTimeout;
    if (ready <= 0) continue;
    ended = entries[0].revents != 0;  // looked at before the outputs, so that nothing printed is missed
    if (out.valid() && command.on_output) {
      drain(out, [&](std::string_view piece) { command.on_output(piece); });
    } else if (out.valid()) {
      drain(out, output.out, command.max_output_bytes, out_over);
    }
    if (err.valid()) drain(err, output.err, command.max_output_bytes, err_over);
    if (out_over) return Ending::kTooMuch;
  }
  return Ending::kByItself;
}

void set_nonblocking(const UniqueFd& fd) {
  (void)::fcntl(fd.get(), F_SETFL, ::fcntl(fd.get(), F_GETFL) | O_NONBLOCK);
}

Result<void> check_ending(Ending ending, const Command& command, const Confinement* confinement) {
  const auto& name = command.argv[0];
  switch (ending) {
    case Ending::kByItself: return success();
    case Ending::kTimeout: return fail(Code::kProcess, name + " did not end within " + std::to_string(command.timeout.count()) + " ms");
    case Ending::kTooMuch: return fail(Code::kProcess, name + " printed more than " + std::to_string(command.max_output_bytes) + " bytes");
    case Ending::kStopped: return fail(Code::kCancelled, name + " was stopped");
    case Ending::kNoSpace: break;
  }
  return fail(Code::kSpace, confinement->folder + " has less than " + std::to_string(confinement->leave_free_bytes >> 20) + " MiB left; " + name + " was stopped");
}

Result<CommandOutput> run_to_end(const Command& command, const Walls* walls, const Confinement* confinement) {
  RESUS_TRY(auto input, input_file(command.input));
  RESUS_TRY(auto out, make_pipe());
  RESUS_TRY(auto err, make_pipe());
  RESUS_TRY(const pid_t pid, spawn(command.argv, {input.get(), out.write_end.get(), err.write_end.get()}, false, walls));
  out.write_end = UniqueFd();
  err.write_end = UniqueFd();
  set_nonblocking(out.read_end);
  set_nonblocking(err.read_end);

  CommandOutput output;
  Ending ending = Ending::kTimeout;
  auto watched = open_pid(pid);
  if (watched) ending = collect(watched.value().get(), out.read_end, err.read_end, command, confinement, output);
  if (ending != Ending::kByItself) ::kill(pid, SIGKILL);
  output.exit_status = reap(pid);
  if (!watched) return failure(std::move(watched).error());
  RESUS_TRY(check_ending(ending, command, confinement));
  if (output.exit_status < 0) return fail(Code::kProcess, command.argv[0] + ": its exit status was taken by another part");
  return output;
}

}  // namespace

/// The kernel sends the parent-death signal when the *thread* that forked ends, so one thread that lives
/// as long as the object does all the starting.
class LinuxProcesses::Spawner {
 public:
  Spawner() : thread_([this](const std::stop_token& stop) { serve(stop); }) {}

  Result<pid_t> start(const std::vector<std::string>& argv, const StandardFds& fds) {
    std::unique_lock lock(mutex_);
    Result<pid_t> result = fail(Code::kProcess, "not started");
    bool done = false;
    job_ = [&] {
      result = spawn(argv, fds, true);
      done = true;
    };
    changed_.notify_all();
    changed_.wait(lock, [&] { return done; });
    return result;
  }

 private:
  void serve(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (changed_.wait(lock, stop, [&] { return job_ != nullptr; })) {
      std::exchange(job_, nullptr)();
      changed_.notify_all();
    }
  }

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::function<void()> job_;
  std::jthread thread_;
};

LinuxProcesses::LinuxProcesses() = default;
LinuxProcesses::~LinuxProcesses() = default;

Result<CommandOutput> LinuxProcesses::run(const Command& command) { return run_to_end(command, nullptr, nullptr); }

Result<CommandOutput> LinuxProcesses::run_confined(const Command& command, const Confinement& confinement) {
  RESUS_TRY(const auto walls, Walls::prepare(confinement));
  return run_to_end(command, &walls, &confinement);
}

Result<int> LinuxProcesses::start(const std::vector<std::string>& argv, const std::string& log_path) {
  RESUS_TRY(auto log_file, open_file(log_path, O_WRONLY | O_CREAT | O_APPEND, Code::kProcess));
  RESUS_TRY(auto nothing, open_file(paths::kNull, O_RDONLY, Code::kProcess));
  const std::lock_guard lock(mutex_);
  if (!spawner_) spawner_ = std::make_unique<Spawner>();
  RESUS_TRY(const pid_t pid, spawner_->start(argv, {nothing.get(), log_file.get(), log_file.get()}));
  children_.insert(pid);
  return pid;
}

bool LinuxProcesses::alive(int pid) {
  const std::lock_guard lock(mutex_);
  if (!children_.contains(pid)) return false;
  int status = 0;
  const pid_t reaped = ::waitpid(pid, &status, WNOHANG);
  if (reaped == 0 || (reaped < 0 && errno == EINTR)) return true;
  children_.erase(pid);
  return false;
}

void LinuxProcesses::stop(int pid, std::chrono::milliseconds grace) {
  if (!alive(pid)) return;
  ::kill(pid, SIGTERM);
  if (!ended_within(pid, static_cast<int>(grace.count()))) ::kill(pid, SIGKILL);
  const std::lock_guard lock(mutex_);
  if (children_.erase(pid) > 0) (void)reap(pid);
}

bool LinuxProcesses::end_leftover(int pid, const std::vector<std::string>& argv, std::chrono::milliseconds grace) {
  // The descriptor comes first: what is asked and signalled after that is one and the same process.
  const UniqueFd process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (process.get() < 0) return false;
  std::string wanted;
  for (const auto& word : argv) wanted.append(word).push_back('\0');
  const auto found = read_text(std::string(paths::kProc) + "/" + std::to_string(pid) + "/cmdline", wanted.size() + 1);
  if (!found || found.value() != wanted) return false;
  ::syscall(SYS_pidfd_send_signal, process.get(), SIGTERM, nullptr, 0);
  pollfd ended{.fd = process.get(), .events = POLLIN, .revents = 0};
  if (::poll(&ended, 1, static_cast<int>(grace.count())) == 0) ::syscall(SYS_pidfd_send_signal, process.get(), SIGKILL, nullptr, 0);
  return true;
}

}  // namespace resus::hw
