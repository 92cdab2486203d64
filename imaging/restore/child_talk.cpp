#include "imaging/restore/child_talk.hpp"

#include <charconv>
#include <optional>

#include "imaging/restore/archive_reader.hpp"
#include "imaging/restore/content_hash.hpp"

namespace resus::imaging {
namespace {

using hw::Code;

constexpr std::size_t kMaxErrorBytes = 4096;
constexpr Code kChildCodes[] = {Code::kArchive,  Code::kArchiveHostile, Code::kArchiveLimit, Code::kRestoreVerify,
                                Code::kWrite,    Code::kRead,           Code::kSpace,        Code::kNotFound,
                                Code::kScanRules};

}  // namespace

void say_error(hw::SandboxChild& child, const hw::Error& error) {
  const std::string text = std::string(hw::info(error.code).id) + " " + error.context;
  // If even this cannot be said, the missing "done" tells the parent.
  (void)say(child, Said::kError, std::string_view(text).substr(0, kMaxErrorBytes)).has_value();
}

hw::Error error_from_child(std::string_view text) {
  const auto space = text.find(' ');
  const std::string context(space == std::string_view::npos ? "" : text.substr(space + 1, kMaxErrorBytes));
  for (const Code code : kChildCodes) {
    if (hw::info(code).id == text.substr(0, space)) return hw::make_error(code, context);
  }
  return hw::make_error(Code::kArchive, context);
}

ByteFeed feed_of(hw::SandboxChild& child) {
  return [&child](std::span<std::byte> buffer) { return child.read(buffer); };
}

Result<std::vector<std::uint64_t>> numbers_from_child(std::string_view text, std::size_t count) {
  std::vector<std::uint64_t> numbers;
  const char* at = text.data();
  const char* const end = text.data() + text.size();
  while (at != end && numbers.size() < count) {
    std::uint64_t value = 0;
    const auto [rest, error] = std::from_chars(at, end, value);
    if (error != std::errc()) break;
    numbers.push_back(value);
    at = rest != end && *rest == ' ' ? rest + 1 : rest;
  }
  if (at == end && numbers.size() == count) return numbers;
  return hw::fail(Code::kProcess, "the archive reader says what it should not");
}

Result<std::string> run_child(hw::Sandbox& sandbox, const hw::SandboxPolicy& policy, const ByteFeed& feed,
                              const std::function<Result<void>(Said, std::string_view)>& heard,
                              const std::function<Result<std::string>(hw::SandboxChild&)>& work) {
  ContentHash::prepare();
  ArchiveReader::prepare_names();
  std::optional<std::string> done;
  const hw::SandboxTalk talk{
      .feed = feed,
      .heard = [&](std::string_view message) -> Result<void> {
        if (message.empty()) return hw::fail(Code::kProcess, "the archive reader says nothing");
        const auto letter = static_cast<Said>(message.front());
        message.remove_prefix(1);
        if (letter == Said::kError) return hw::failure(error_from_child(message));
        if (letter != Said::kDone) return heard(letter, message);
        done = std::string(message);
        return hw::success();
      }};
  const auto body = [&](hw::SandboxChild& child) {
    auto result = work(child);
    if (!result) {
      say_error(child, result.error());
      return 1;
    }
    return say(child, Said::kDone, result.value()) ? 0 : 1;
  };
  RESUS_TRY(const int status, sandbox.run(policy, talk, body));
  if (status == 0 && done) return std::move(*done);
  return hw::fail(Code::kProcess, "the archive reader ended with status " + std::to_string(status));
}

}  // namespace resus::imaging
