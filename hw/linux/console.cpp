#include "hw/linux/console.hpp"

#include <fcntl.h>
#include <linux/kd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "hw/linux/paths.hpp"

namespace resus::hw {
namespace {

/// What does not fit into the terminal's buffer now is dropped: the next screen comes in a second.
void write_some(int fd, std::string_view text) {
  while (fd >= 0 && !text.empty()) {
    const auto written = ::write(fd, text.data(), text.size());
    if (written <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

UniqueFd open_terminal(const char* path) { return UniqueFd(::open(path, O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)); }

}  // namespace

LinuxConsole::LinuxConsole() : screen_(open_terminal(paths::kScreen)), serial_(open_terminal(paths::kSerial)) {}

void LinuxConsole::screen(std::string_view text) { write_some(screen_.get(), text); }

void LinuxConsole::line(std::string_view text) { write_some(serial_.get(), std::string(text) + "\r\n"); }

void LinuxConsole::keyboard_lights(bool on) {
  constexpr unsigned long kAll = LED_CAP | LED_NUM | LED_SCR;
  constexpr unsigned long kFollowKeys = 0xFF;  // any bit above the three: console_ioctl(4), KDSETLED
  if (screen_.valid()) (void)::ioctl(screen_.get(), KDSETLED, on ? kAll : kFollowKeys);
}

}  // namespace resus::hw
