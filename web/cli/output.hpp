#pragma once
// What a command prints: data on stdout, progress on stderr and only on a terminal.
#include <boost/json.hpp>
#include <chrono>
#include <functional>
#include <iosfwd>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "hw/result.hpp"

namespace resus::web {

/// Exit statuses of every command.
enum ExitStatus : int {
  kExitOk = 0,
  kExitFailed = 1,
  kExitUsage = 2,
  kExitPartly = 3,
  kExitAuth = 4,
  kExitNotFound = 5,  ///< not found, or the state differs from what was assumed
  kExitContact = 6,
  kExitInterrupted = 130,
};
[[nodiscard]] ExitStatus exit_status(hw::Code code);

/// One run's way of speaking. Threads: print() one, progress() any.
class Output {
 public:
  Output(std::ostream& out, std::ostream& err, bool json, bool terminal)
      : out_(out), err_(err), json_(json), terminal_(terminal) {}

  [[nodiscard]] bool json() const { return json_; }
  /// With --json one line of JSON, otherwise the text that `human` makes.
  void print(const boost::json::value& value, const std::function<std::string()>& human);
  /// Rows in aligned columns, or one JSON array.
  void table(const std::vector<std::string>& columns, const boost::json::array& rows);
  /// Redraws one status line on a terminal, otherwise nothing.
  void progress(const std::string& line);
  /// The command waits and will go on by itself. On a terminal it is the status line, elsewhere one line on standard error
  /// for each kind of reason: whoever reads a log must see why nothing happens. Threads: any.
  void waiting(const hw::Error& reason, std::chrono::milliseconds wait);
  /// Problem with code, what is safe and what to do next; returns the exit status.
  int fail(const hw::Error& error);

 private:
  void end_progress();
  std::ostream& out_;
  std::ostream& err_;
  bool json_;
  bool terminal_;
  bool progress_shown_ = false;
  std::mutex mutex_;  ///< of what waiting() remembers
  std::optional<hw::Code> waits_for_;
};

/// "1.8 GB", powers of ten.
[[nodiscard]] std::string human_bytes(std::uint64_t bytes);

}  // namespace resus::web
