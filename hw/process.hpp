#pragma once
// Helper programs, started by absolute path, never through a shell.
#include <chrono>
#include <cstdint>
#include <functional>
#include <stop_token>
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
  std::stop_token stop = {};  ///< when it is asked for, the program is killed
};

struct CommandOutput {
  int exit_status = 0;  ///< 128 + signal when killed
  std::string out;
  std::string err;
};

/// What a program may do that reads hostile bytes. Network, further processes, privileges and core dumps are never allowed.
struct Confinement {
  /// Absolute. Its working folder, and the only place it can write to; beside the system's own programs and libraries the
  /// only one it can read. As root it runs as an unknown user: everybody must be able to read and write in there, and a
  /// folder around it keeps others out.
  std::string folder;
  std::uint64_t memory_bytes = 2ULL << 30;  ///< of address space
  std::uint64_t file_bytes = 4ULL << 30;    ///< of the longest file it writes
  std::uint64_t leave_free_bytes = 0;       ///< it is killed when the folder's file system has less left
};

class Processes {
 public:
  virtual ~Processes() = default;
  /// Runs to its end. A non-zero exit is a value. Errors: kProcess (not started, timed out), kCancelled.
  [[nodiscard]] virtual Result<CommandOutput> run(const Command& command) = 0;
  /// The same behind walls; arguments name files by their names in the folder. What it prints is not to be trusted.
  /// Errors: as run(), kProcess when it cannot be confined: it was not started then; kSpace.
  [[nodiscard]] virtual Result<CommandOutput> run_confined(const Command& command, const Confinement& confinement) = 0;
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
