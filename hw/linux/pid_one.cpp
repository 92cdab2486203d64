#include "hw/linux/pid_one.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include <span>

#include "hw/linux/file_io.hpp"

namespace resus::hw {

void reap_orphans(const std::set<int>& ours) {
  for (;;) {
    siginfo_t ended{};
    // WNOWAIT first: a status taken here could not be seen by whoever started the process.
    if (::waitid(P_ALL, 0, &ended, WEXITED | WNOHANG | WNOWAIT) != 0 || ended.si_pid == 0) return;
    if (ours.contains(ended.si_pid)) return;
    (void)::waitpid(ended.si_pid, nullptr, WNOHANG);
  }
}

void say_on(const std::string& console, const std::string& line) {
  const auto opened = open_file(console, O_WRONLY | O_NOCTTY | O_NONBLOCK, Code::kWrite);
  const std::string text = line + "\r\n";
  if (opened) (void)!write_all(opened.value().get(), std::as_bytes(std::span(text)), console).has_value();
}

std::optional<std::chrono::milliseconds> age_of(const std::string& path) {
  struct stat status {};
  timespec now{};
  // The coarse clock is the one file systems stamp with; the fine one could make an age negative.
  if (::stat(path.c_str(), &status) != 0 || ::clock_gettime(CLOCK_REALTIME_COARSE, &now) != 0) return std::nullopt;
  const auto seconds = std::chrono::seconds(now.tv_sec - status.st_mtim.tv_sec);
  const auto rest = std::chrono::nanoseconds(now.tv_nsec - status.st_mtim.tv_nsec);
  return std::chrono::duration_cast<std::chrono::milliseconds>(seconds + rest);
}

}  // namespace resus::hw
