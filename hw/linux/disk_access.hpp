#pragma once
#include "hw/block_device.hpp"
#include "hw/linux/io_queue.hpp"

namespace resus::hw {

/// Disks of this machine, loop devices and image files.
///
/// An image file has no write block of its own: write_block() succeeds on a regular file because
/// open_reader() opens it O_RDONLY, and nothing else is opened before open_writer(). Its
/// sectors_written() is 0, since the kernel does not count writes by file.
/// open_writer() takes an exclusive lock on an image file, as O_EXCL does on a device: kConflict when
/// somebody else holds it.
/// Threads: any; each reader and writer has one.
class LinuxDiskAccess : public DiskAccess {
 public:
  explicit LinuxDiskAccess(IoEngine engine = IoEngine::kFastest) : engine_(engine) {}

  [[nodiscard]] Result<std::vector<DiskIdentity>> list() override;
  [[nodiscard]] Result<DiskIdentity> identify(const std::string& path) override;
  [[nodiscard]] Result<std::unique_ptr<DiskReader>> open_reader(const std::string& path) override;
  [[nodiscard]] Result<std::unique_ptr<DiskWriter>> open_writer(const std::string& path) override;
  /// Refuses a disk of which a file system is mounted: what is mounted goes on writing.
  [[nodiscard]] Result<void> write_block(const std::string& path) override;
  [[nodiscard]] Result<std::uint64_t> sectors_written(const std::string& path) override;
  [[nodiscard]] Result<DeviceAnswers> ask(const std::string& path) override;
  [[nodiscard]] Result<std::optional<std::vector<std::string>>> write_errors(const std::string& path) override;
  [[nodiscard]] Result<std::vector<std::string>> mounts(const std::string& path) override;

 private:
  IoEngine engine_;
};

}  // namespace resus::hw
