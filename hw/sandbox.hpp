#pragma once
// Runs a function over hostile bytes in a child process that can do little.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "hw/result.hpp"

namespace resus::hw {

/// What the child may do. Network, new privileges, core dumps and further processes are never allowed.
struct SandboxPolicy {
  std::string root;  ///< becomes "/" of the child; empty: an empty directory in which nothing can be made
  bool keeps_file_capabilities = false;  ///< CHOWN, FOWNER, DAC_OVERRIDE; otherwise none, and an unknown user
  std::uint64_t memory_bytes = 1ULL << 30;  ///< above what the parent has mapped
  /// Killed when it neither takes nor says anything for so long.
  std::chrono::milliseconds silence{120'000};
};

/// The child's end. Threads: one.
class SandboxChild {
 public:
  virtual ~SandboxChild() = default;
  /// Next bytes of the input, 0 at its end. Errors: kRead.
  [[nodiscard]] virtual Result<std::size_t> read(std::span<std::byte> buffer) = 0;
  /// One message to the parent, at most kMaxMessageBytes. Errors: kWrite.
  [[nodiscard]] virtual Result<void> say(std::string_view message) = 0;
};

inline constexpr std::size_t kMaxMessageBytes = 1 << 20;

/// The parent's side of the conversation; both are called from run().
struct SandboxTalk {
  /// Fills the buffer as far as it can; 0 is the end of input. An Error ends the child and comes back from run().
  std::function<Result<std::size_t>(std::span<std::byte>)> feed;
  /// A message of the child, not to be trusted. An Error ends the child and comes back from run().
  std::function<Result<void>(std::string_view)> heard;
};

class Sandbox {
 public:
  virtual ~Sandbox() = default;
  /// Runs `work` in a child to its end and returns what it returned (0 to 125). The child may stop reading
  /// before the input ends. Memory is a copy of the parent's; nothing but messages comes back.
  /// Errors: kProcess (not started, not confined, killed, silent), and what `feed` and `heard` return.
  [[nodiscard]] virtual Result<int> run(const SandboxPolicy& policy, const SandboxTalk& talk,
                                        const std::function<int(SandboxChild&)>& work) = 0;
};

}  // namespace resus::hw
