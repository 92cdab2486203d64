#pragma once
// A folder for what Sleuthkit reads, and parts of disks in it as files.
#include <memory>
#include <stop_token>
#include <string>

#include "hw/file_system.hpp"
#include "imaging/evidence_reader.hpp"

namespace resus::analysis {

using hw::Result;

/// Made under `parent` with a name nobody else has, readable for its owner alone, gone with the object.
class WorkFolder {
 public:
  /// An empty parent is the system's folder for temporary files. Errors: kWrite.
  [[nodiscard]] static Result<std::unique_ptr<WorkFolder>> make(hw::FileSystem& files, const std::string& parent);
  ~WorkFolder();
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;
  [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }
  /// Writes part of a disk as a sparse file: zeros become holes. Every block is compared with its id on the way.
  /// Errors: kSpace before less than 256 MiB would be left free, the reader's, kWrite, kCancelled.
  [[nodiscard]] Result<void> write_part(imaging::EvidenceReader& disk, imaging::ByteRange part, const std::string& name,
                                        const std::stop_token& stop);

 private:
  WorkFolder(hw::FileSystem& files, std::string path) : files_(files), path_(std::move(path)) {}
  hw::FileSystem& files_;
  const std::string path_;
};

}  // namespace resus::analysis
