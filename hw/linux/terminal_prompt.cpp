#include "hw/linux/terminal_prompt.hpp"

#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>

#include "hw/linux/file_io.hpp"

namespace resus::hw {
namespace {

constexpr std::size_t kMostLine = 4096;
constexpr int kLookForStopMs = 200;

/// Typed letters stay unseen until the end of its life, whatever ends it short of a signal.
class Unseen {
 public:
  explicit Unseen(int terminal) : terminal_(terminal), changed_(::tcgetattr(terminal, &before_) == 0) {
    auto silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    changed_ = changed_ && ::tcsetattr(terminal, TCSAFLUSH, &silent) == 0;
  }
  Unseen(const Unseen&) = delete;
  Unseen& operator=(const Unseen&) = delete;
  ~Unseen() {
    if (changed_) ::tcsetattr(terminal_, TCSAFLUSH, &before_);
  }
  [[nodiscard]] bool works() const { return changed_; }

 private:
  int terminal_;
  termios before_{};
  bool changed_;
};

void tell(const std::string& text) {
  const auto written = ::write(STDERR_FILENO, text.data(), text.size());
  static_cast<void>(written);  // a question that is not seen is no reason to refuse the answer
}

}  // namespace

bool TerminalPrompt::interactive() const { return ::isatty(input_) == 1; }

Result<std::string> TerminalPrompt::secret(const std::string& question) {
  if (!interactive()) return line();
  const Unseen unseen(input_);
  if (!unseen.works()) return fail(Code::kRead, "the terminal would show what is typed");
  tell(question + ": ");
  auto answer = line();
  tell("\n");
  return answer;
}

Result<std::optional<char>> TerminalPrompt::letter() {
  for (;;) {
    if (stop_.stop_requested()) return fail(Code::kCancelled, "interrupted while asking");
    pollfd ready{.fd = input_, .events = POLLIN, .revents = 0};
    const int polled = ::poll(&ready, 1, kLookForStopMs);
    if (polled == 0 || (polled < 0 && errno == EINTR)) continue;
    char got = 0;
    const auto count = ::read(input_, &got, 1);  // byte by byte: what follows the line is not ours
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failure(errno_error(Code::kRead, "read standard input", errno));
    if (count == 0) return std::optional<char>();
    return std::optional(got);
  }
}

Result<std::string> TerminalPrompt::line() {
  std::string text;
  for (;;) {
    RESUS_TRY(const auto got, letter());
    if (!got && text.empty()) return fail(Code::kBadInput, "standard input ended; a line was expected");
    if (!got || *got == '\n') break;
    if (text.size() == kMostLine) return fail(Code::kBadInput, "the line on standard input is too long");
    text.push_back(*got);
  }
  if (text.ends_with('\r')) text.pop_back();
  return text;
}

}  // namespace resus::hw
