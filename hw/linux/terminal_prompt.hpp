#pragma once
#include <optional>
#include <stop_token>

#include "hw/prompt.hpp"

namespace resus::hw {

/// A terminal, or what is piped in, under a descriptor that outlives the object.
class TerminalPrompt final : public Prompt {
 public:
  /// @param stop   Ctrl-C: secret() fails with kCancelled and the terminal shows again what is typed
  /// @param input  0 in a program; another one in a test
  explicit TerminalPrompt(std::stop_token stop, int input = 0) : stop_(std::move(stop)), input_(input) {}
  [[nodiscard]] bool interactive() const override;
  [[nodiscard]] Result<std::string> secret(const std::string& question) override;

 private:
  [[nodiscard]] Result<std::string> line();
  /// The next letter, nullopt at the end of input.
  [[nodiscard]] Result<std::optional<char>> letter();
  std::stop_token stop_;
  int input_;
};

}  // namespace resus::hw
