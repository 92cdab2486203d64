#include "hw/log.hpp"

#include <chrono>
#include <cstdio>
#include <memory>
#include <mutex>

#include "hw/clock.hpp"
#include "hw/plain_text.hpp"

namespace resus::hw {
namespace {

using Sink = std::function<void(LogLevel, std::string_view, std::string_view)>;

std::string_view word(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug: return "debug";
    case LogLevel::kInfo: return "info";
    case LogLevel::kWarning: return "warning";
    case LogLevel::kError: return "error";
  }
  return "error";
}

void write_to_stderr(LogLevel level, std::string_view room, std::string_view message) {
  const auto now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  std::string line = to_rfc3339(now) + " ";
  line.append(word(level)).append(" ").append(room).append(": ").append(message);
  line = plain_text(line) + '\n';  // one line each, whatever the message holds
  std::fwrite(line.data(), 1, line.size(), stderr);
}

std::mutex& sink_mutex() {
  static std::mutex mutex;
  return mutex;
}

// Shared so that a sink in use lives on while another thread replaces it.
std::shared_ptr<const Sink>& current_sink() {
  static auto sink = std::make_shared<const Sink>(write_to_stderr);
  return sink;
}

}  // namespace

void log(LogLevel level, std::string_view room, std::string_view message) {
  std::shared_ptr<const Sink> sink;
  {
    const std::lock_guard lock(sink_mutex());
    sink = current_sink();
  }
  try {
    (*sink)(level, room, message);
  } catch (...) {
    // A broken sink must never stop the work that is being logged.
    std::fputs("log sink failed\n", stderr);
  }
}

void set_log_sink(std::function<void(LogLevel, std::string_view, std::string_view)> sink) {
  auto next = std::make_shared<const Sink>(sink ? std::move(sink) : Sink(write_to_stderr));
  const std::lock_guard lock(sink_mutex());
  current_sink() = std::move(next);
}

}  // namespace resus::hw
