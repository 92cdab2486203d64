#pragma once
// What a sandboxed child says: one letter, then text.
#include <string>
#include <string_view>

#include "hw/sandbox.hpp"
#include "imaging/restore/scan.hpp"

namespace resus::imaging {

enum class Said : char { kEntry = 'E', kExclusion = 'X', kFinding = 'F', kSample = 'S', kBytes = 'B', kSampleEnd = 'Z', kProgress = 'P', kDone = 'D', kError = '!' };

[[nodiscard]] inline Result<void> say(hw::SandboxChild& child, Said letter, std::string_view text) {
  return child.say(std::string(1, static_cast<char>(letter)) + std::string(text));
}

/// The child's last word after a failure; its exit status says no more.
void say_error(hw::SandboxChild& child, const hw::Error& error);
/// What say_error() said. The code is taken only from those a reader of archives may have.
[[nodiscard]] hw::Error error_from_child(std::string_view text);

/// Feed of the child's input.
[[nodiscard]] ByteFeed feed_of(hw::SandboxChild& child);

/// Numbers separated by spaces. Errors: kProcess when there are not exactly `count`.
[[nodiscard]] Result<std::vector<std::uint64_t>> numbers_from_child(std::string_view text, std::size_t count);

/// Runs `work` and passes on every message but errors and "done"; succeeds only if the child said it was done.
/// Errors: what the child said, what `heard` returns, kProcess.
[[nodiscard]] Result<std::string> run_child(
    hw::Sandbox& sandbox, const hw::SandboxPolicy& policy, const ByteFeed& feed,
    const std::function<Result<void>(Said, std::string_view)>& heard,
    const std::function<Result<std::string>(hw::SandboxChild&)>& work);

}  // namespace resus::imaging
