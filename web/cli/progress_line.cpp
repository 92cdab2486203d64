#include "web/cli/progress_line.hpp"

namespace resus::web {

void ProgressLine::progress(const imaging::Progress& progress) {
  using namespace std::chrono_literals;
  const auto now = environment_.clock.steady();
  if (now - shown_ < 200ms) return;
  shown_ = now;
  const double seconds = std::chrono::duration<double>(now - started_).count();
  const auto speed = seconds > 0 ? static_cast<double>(progress.done_bytes) / seconds : 0.0;
  const auto percent = progress.total_bytes == 0 ? 100 : progress.done_bytes * 100 / progress.total_bytes;
  environment_.output.progress(verb_ + " " + human_bytes(progress.done_bytes) + " of " +
                               human_bytes(progress.total_bytes) + ", " + std::to_string(percent) + " %, " +
                               human_bytes(static_cast<std::uint64_t>(speed)) + "/s");
}

void ProgressLine::paused(const hw::Error& reason, std::chrono::milliseconds wait) {
  environment_.output.waiting(reason, wait);
}

}  // namespace resus::web
