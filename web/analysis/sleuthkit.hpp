#pragma once
// Sleuthkit's tools, run as programs of their own. What they print comes from a hostile disk.
#include <optional>
#include <stop_token>
#include <string>

#include "hw/process.hpp"
#include "imaging/block.hpp"

namespace resus::analysis {

using hw::Result;

/// Which stream of which inode, as icat takes it.
struct StreamName {
  std::uint64_t inode = 0;
  std::uint64_t attribute_type = 0;  ///< 0 and 1: the inode's only content
  std::uint64_t attribute_id = 0;
};

struct Content {
  std::uint64_t bytes = 0;
  imaging::Digest sha256;
};

/// The tools see one folder and nothing else; images and databases are names in it. All calls fail with kCancelled when
/// it is asked for. Threads: any.
class Sleuthkit {
 public:
  Sleuthkit(hw::Processes& processes, hw::Confinement confinement, std::stop_token stop)
      : processes_(processes), confinement_(std::move(confinement)), stop_(std::move(stop)) {}
  /// Lists every file of the file system in `image` with its place into a new SQLite database. The result is empty, or
  /// why Sleuthkit cannot read it (no file system it knows, encrypted). Errors: kProcess when the tool is not there or
  /// cannot be confined, kSpace.
  [[nodiscard]] Result<std::string> list_into(const std::string& image, const std::string& database) const;
  /// What `fsstat` prints. Errors: kProcess.
  [[nodiscard]] Result<std::string> statistics(const std::string& image) const;
  /// Nothing when the content cannot be read. Errors: kProcess.
  [[nodiscard]] Result<std::optional<Content>> content(const std::string& image, const StreamName& name) const;
  /// The target of a symbolic link, which `icat` does not give where it is kept in the inode. Errors: kProcess.
  [[nodiscard]] Result<std::optional<Content>> link_target(const std::string& image, std::uint64_t inode) const;

 private:
  [[nodiscard]] Result<hw::CommandOutput> run(hw::Command command) const;
  hw::Processes& processes_;
  const hw::Confinement confinement_;
  const std::stop_token stop_;
};

}  // namespace resus::analysis
