#pragma once
// Asks the person at the terminal.
#include <string>

#include "hw/result.hpp"

namespace resus::hw {

/// Threads: one.
class Prompt {
 public:
  virtual ~Prompt() = default;
  /// Whether a person can be asked: standard input is a terminal.
  [[nodiscard]] virtual bool interactive() const = 0;
  /// One line of standard input without its end. On a terminal `question` is written to standard error first and what is
  /// typed is not shown. Errors: kRead, kBadInput at the end of input or for a line of more than 4096 bytes.
  [[nodiscard]] virtual Result<std::string> secret(const std::string& question) = 0;
};

}  // namespace resus::hw
