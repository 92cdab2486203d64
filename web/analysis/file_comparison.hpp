#pragma once
// The files of one file system against those of the golden image.
#include <memory>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "imaging/subtraction.hpp"
#include "web/analysis/file_listing.hpp"
#include "web/analysis/inode_places.hpp"
#include "web/analysis/sleuthkit.hpp"

namespace resus::analysis {

/// One of the two file systems that are compared.
struct FileSystemSide {
  std::unique_ptr<Sleuthkit> sleuthkit;  ///< sees this side alone
  std::string image;     ///< raw file system as a file, as Sleuthkit sees it
  std::string database;  ///< of FileListing
  InodePlaces places;
};

struct FileFinding {
  /// "changed", "added", "deleted" (the golden image has it), "remnant" (a name not in use any more that the golden
  /// image never had).
  std::string state;
  std::string path;
  /// What of it: "content", "size", "type", "mode", "owner", "modified", "created", "inode changed", or "content not
  /// compared" where Sleuthkit cannot read it.
  std::vector<std::string> what;
  ListedFile file;                         ///< the golden image's where it is deleted
  std::optional<Content> content, golden;  ///< as far as they were needed
};

struct FileFindings {
  std::vector<FileFinding> files;
  std::uint64_t omitted = 0;           ///< more of them, not listed
  std::vector<std::string> internal;   ///< the file system's own files whose blocks differ
  std::uint64_t not_golden_bytes = 0;  ///< of blocks that lie in files, those of the file system included
};

/// Content is read only where size or blocks leave it open: a file whose blocks are the golden image's, where the golden
/// image's file lies, is the same without looking. Folders are compared by owner and mode; what is in them speaks for
/// itself. Times of last access are not looked at.
/// Threads: one.
class FileComparison {
 public:
  /// All outlive the object. `partition` is where the file system lies on the evidence's disk; `memory_bytes` is what
  /// the files may take that are named, and is less afterwards.
  FileComparison(const imaging::Subtraction& blocks, imaging::ByteRange partition, const FileSystemSide& evidence,
                 const FileSystemSide& golden, std::uint64_t& memory_bytes, const std::stop_token& stop)
      : blocks_(blocks), partition_(partition), evidence_side_(evidence), golden_side_(golden), memory_bytes_(memory_bytes), stop_(stop) {}
  /// Errors: kRead, kProcess, kSpace, kCancelled.
  [[nodiscard]] Result<FileFindings> run();

 private:
  [[nodiscard]] Result<void> merge(FileListing& evidence, FileListing& golden);
  [[nodiscard]] Result<void> remnants(FileListing& evidence, FileListing& golden, FileListing& golden_deleted);
  [[nodiscard]] Result<void> added(const FileListing& listing, const ListedFile& file);
  void deleted(const ListedFile& file);
  [[nodiscard]] Result<void> both(const FileListing& evidence, const ListedFile& now, const FileListing& golden, const ListedFile& then);
  [[nodiscard]] Result<void> compare_content(FileFinding& finding, const ListedFile& then);
  [[nodiscard]] Result<std::optional<Content>> content(const FileSystemSide& side, const ListedFile& file) const;
  [[nodiscard]] bool is_internal(const ListedFile& file) const;
  [[nodiscard]] bool touched(const ListedFile& file, const Layout& layout) const;
  void count(const ListedFile& file, const Layout& layout);
  void put(FileFinding finding);
  /// Whether that many bytes are still to be had; they are gone then.
  [[nodiscard]] bool take(std::size_t bytes);
  [[nodiscard]] imaging::ByteRange on_disk(const imaging::ByteRange& range) const;

  const imaging::Subtraction& blocks_;
  const imaging::ByteRange partition_;
  const FileSystemSide& evidence_side_;
  const FileSystemSide& golden_side_;
  std::uint64_t& memory_bytes_;
  const std::stop_token& stop_;
  FileFindings findings_;
  std::set<std::uint64_t> counted_;  ///< first bytes of layouts: a file with two names counts once
};

}  // namespace resus::analysis
