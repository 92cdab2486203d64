#pragma once
#include "hw/file_tree.hpp"

namespace resus::hw {

/// Trees of mounted file systems, by openat2(2) relative to one descriptor of the root.
class LinuxFileTrees : public FileTrees {
 public:
  [[nodiscard]] Result<std::unique_ptr<FileTree>> open(const std::string& root) override;
};

}  // namespace resus::hw
