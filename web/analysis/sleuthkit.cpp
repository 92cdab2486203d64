#include "web/analysis/sleuthkit.hpp"

#include "hw/plain_text.hpp"
#include "imaging/restore/content_hash.hpp"

namespace resus::analysis {
namespace {

// Debian's package sleuthkit.
constexpr char kLoadDb[] = "/usr/bin/tsk_loaddb";
constexpr char kFsstat[] = "/usr/bin/fsstat";
constexpr char kIcat[] = "/usr/bin/icat";
constexpr char kIstat[] = "/usr/bin/istat";
/// A file system with millions of files takes minutes; one that was made to take for ever must not.
constexpr std::chrono::hours kLongest{4};
/// An ext4 of 4 TB has 32,000 groups of 400 bytes each.
constexpr std::size_t kMaxStatisticsBytes = 64u << 20;

std::string first_line(const std::string& text) {
  const auto line = hw::shown_text(text.substr(0, text.find('\n')));
  return line.empty() ? "Sleuthkit cannot read it" : line;
}

}  // namespace

Result<hw::CommandOutput> Sleuthkit::run(hw::Command command) const {
  command.stop = stop_;
  command.timeout = kLongest;
  const auto name = command.argv[0] + " (package sleuthkit)";
  auto output = processes_.run_confined(command, confinement_);
  if (output && output.value().exit_status == 127) return hw::fail(hw::Code::kProcess, name + ": cannot be started");
  if (!output) return hw::failure(std::move(output.error()).within(name));
  return output;
}

Result<std::string> Sleuthkit::list_into(const std::string& image, const std::string& database) const {
  RESUS_TRY(const auto output, run({.argv = {kLoadDb, "-d", database, image}}));
  // What it could not read it reports on standard error and ends with 0 all the same.
  if (output.exit_status != 0 || output.err.find("Cannot determine file system type") != std::string::npos) {
    return first_line(output.err.empty() ? output.out : output.err);
  }
  return std::string();
}

Result<std::string> Sleuthkit::statistics(const std::string& image) const {
  RESUS_TRY(auto output, run({.argv = {kFsstat, image}, .max_output_bytes = kMaxStatisticsBytes}));
  if (output.exit_status != 0) return hw::fail(hw::Code::kProcess, std::string(kFsstat) + ": " + first_line(output.err));
  return std::move(output.out);
}

Result<std::optional<Content>> Sleuthkit::content(const std::string& image, const StreamName& name) const {
  auto inode = std::to_string(name.inode);
  if (name.attribute_type > 1) inode += "-" + std::to_string(name.attribute_type) + "-" + std::to_string(name.attribute_id);
  imaging::ContentHash hasher;
  Content content;
  hw::Command command{.argv = {kIcat, image, inode}};
  command.on_output = [&](std::string_view piece) {
    hasher.add(std::as_bytes(std::span(piece)));
    content.bytes += piece.size();
  };
  RESUS_TRY(const auto output, run(std::move(command)));
  if (output.exit_status != 0) return std::optional<Content>();
  content.sha256 = hasher.finish();
  return std::optional(content);
}

Result<std::optional<Content>> Sleuthkit::link_target(const std::string& image, std::uint64_t inode) const {
  static constexpr std::string_view kBefore = "\nsymbolic link to: ", kAfter = "\nuid / gid: ";
  RESUS_TRY(const auto output, run({.argv = {kIstat, image, std::to_string(inode)}}));
  const auto before = output.out.find(kBefore);
  if (output.exit_status != 0 || before == std::string::npos) return std::optional<Content>();
  const auto from = before + kBefore.size();
  const auto target = std::string_view(output.out).substr(from, output.out.find(kAfter, from) - from);
  return std::optional(Content{.bytes = target.size(), .sha256 = imaging::sha256(std::as_bytes(std::span(target)))});
}

}  // namespace resus::analysis
