#pragma once
// Helper programs, started by absolute path, never through a shell.
#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "hw/result.hpp"

namespace resus::hw {

struct Command {
  std::vector<std::string> argv;              ///< argv[0] is an absolute path
  std::string input = {};                     ///< given on stdin
  std::chrono::milliseconds timeout{60'000};  ///< then killed by its own id
  std::size_t max_output_bytes = 1 << 20;
  /// Takes standard output as it comes; CommandOutput::out stays empty then and max_output_bytes holds for standard
  /// error alone. Called from the thread that called run().
  std::function<void(std::string_view)> on_output = {};
};

struct CommandOutput {
  int exit_status = 0;  ///< 128 + signal when killed
  std::string out;
  std::string err;
};

class Processes {
 public:
  virtual ~Processes() = default;
  /// Runs to its end. A non-zero exit is a value. Errors: kProcess (not started, timed out).
  [[nodiscard]] virtual Result<CommandOutput> run(const Command& command) = 0;
  /// Starts and leaves running; the caller stops it. Returns its process id.
  [[nodiscard]] virtual Result<int> start(const std::vector<std::string>& argv, const std::string& log_path) = 0;
  /// True while it runs; reaps it when it has ended.
  [[nodiscard]] virtual bool alive(int pid) = 0;
  /// SIGTERM, then SIGKILL after `grace`.
  virtual void stop(int pid, std::chrono::milliseconds grace) = 0;
  /// Ends a program that an earlier run of ours left running: SIGTERM, then SIGKILL after `grace`. Only if `pid` still
  /// is exactly this command; the number may belong to anybody by now. Returns whether it was.
  virtual bool end_leftover(int pid, const std::vector<std::string>& argv, std::chrono::milliseconds grace) = 0;
};

}  // namespace resus::hw
