#pragma once
#include "hw/file_system.hpp"

namespace resus::hw {

/// The depot's own file system. Paths are used as given; every directory level is created 0755.
/// Threads: any, as long as no two change the same file.
class LinuxFileSystem : public FileSystem {
 public:
  [[nodiscard]] Result<std::unique_ptr<AppendFile>> open_append(const std::string& path) override;
  [[nodiscard]] Result<std::unique_ptr<ReadFile>> open_read(const std::string& path) override;
  [[nodiscard]] Result<std::unique_ptr<PatchFile>> open_patch(const std::string& path) override;
  [[nodiscard]] Result<std::string> read_all(const std::string& path, std::size_t max_bytes) override;
  [[nodiscard]] Result<void> replace(const std::string& path, std::string_view content) override;
  [[nodiscard]] Result<void> truncate(const std::string& path, std::uint64_t size_bytes) override;
  [[nodiscard]] Result<void> rename(const std::string& from, const std::string& to) override;
  [[nodiscard]] Result<void> remove(const std::string& path) override;
  [[nodiscard]] Result<void> make_directories(const std::string& path) override;
  [[nodiscard]] Result<std::vector<std::string>> list(const std::string& path) override;
  [[nodiscard]] Result<bool> exists(const std::string& path) override;
  [[nodiscard]] Result<void> sync_directory(const std::string& path) override;
  [[nodiscard]] Result<Space> space(const std::string& path) override;
  [[nodiscard]] Result<std::unique_ptr<FileLock>> lock(const std::string& path) override;
};

}  // namespace resus::hw
