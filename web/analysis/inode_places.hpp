#pragma once
// Where a file system keeps an inode: what is small enough lies in there, link targets and small NTFS files.
#include <optional>
#include <string>
#include <vector>

#include "web/analysis/file_listing.hpp"

namespace resus::analysis {

/// Threads: one.
class InodePlaces {
 public:
  /// From what `fsstat` prints. `mft` is the layout of $MFT, empty on file systems without one. For those it does not know
  /// (FAT keeps nothing in its entries) it has no places.
  [[nodiscard]] static InodePlaces read(const std::string& statistics, const Layout& mft);
  /// Nothing where it is not known.
  [[nodiscard]] std::optional<imaging::ByteRange> of(std::uint64_t inode) const;
  /// "Ext4", "NTFS", "FAT32" as Sleuthkit calls it.
  [[nodiscard]] const std::string& file_system() const { return file_system_; }

 private:
  struct Table {
    std::uint64_t first_inode = 0;
    std::uint64_t inodes = 0;
    std::uint64_t offset_bytes = 0;
  };
  void read_groups(const std::string& statistics);
  void read_mft(const std::string& statistics, const Layout& mft);
  std::string file_system_;
  std::uint64_t inode_bytes_ = 0;
  std::vector<Table> tables_;  ///< ascending by first_inode
};

}  // namespace resus::analysis
