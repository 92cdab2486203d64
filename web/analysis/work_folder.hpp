#pragma once
// A folder for what Sleuthkit reads, and parts of disks in it as files.
#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "hw/file_system.hpp"
#include "hw/process.hpp"
#include "imaging/evidence_reader.hpp"

namespace resus::analysis {

using hw::Result;

/// Where temporary files may lie, and what must stay free there.
struct WorkPlace {
  std::string parent = {};  ///< empty: the system's folder for temporary files
  std::uint64_t leave_free_bytes = 256ull << 20;
};

/// Made under the parent with a name nobody else has, closed to everybody but its owner, gone with the object. In it is
/// one folder for each disk, which is all that a tool sees that reads this disk: open to all, because as root the tool
/// runs as somebody else.
class WorkFolder {
 public:
  /// Errors: kWrite.
  [[nodiscard]] static Result<std::unique_ptr<WorkFolder>> make(hw::FileSystem& files, const WorkPlace& place);
  /// Removes what a program that was killed left under `parent`. Errors: kWrite.
  [[nodiscard]] static Result<void> clear(const std::string& parent);
  ~WorkFolder();
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;
  /// An empty folder of this name; what an earlier one held is gone. Errors: kWrite.
  [[nodiscard]] Result<void> renew(const std::string& disk);
  [[nodiscard]] std::string file(const std::string& disk, const std::string& name) const { return path_ + "/" + disk + "/" + name; }
  /// How a tool is confined that reads this disk.
  [[nodiscard]] hw::Confinement confinement(const std::string& disk) const;
  /// Writes part of a disk as a sparse file: zeros become holes. Every block is compared with its id on the way.
  /// `told` hears how many more bytes are done. Errors: kSpace before less than must be would be left free, the reader's,
  /// kWrite, kCancelled.
  [[nodiscard]] Result<void> write_part(imaging::EvidenceReader& reader, imaging::ByteRange part, const std::string& path,
                                        const std::stop_token& stop, const std::function<void(std::uint64_t)>& told);

 private:
  WorkFolder(hw::FileSystem& files, std::string path, std::uint64_t leave_free_bytes)
      : files_(files), path_(std::move(path)), leave_free_bytes_(leave_free_bytes) {}
  hw::FileSystem& files_;
  const std::string path_;
  const std::uint64_t leave_free_bytes_;
};

}  // namespace resus::analysis
