#pragma once
// A machine that has exactly the disk it was told of, for a workbench and for tests.
#include "hw/block_device.hpp"

namespace resus::agent {

class OneDisk final : public hw::DiskAccess {
 public:
  OneDisk(hw::DiskAccess& real, std::string path) : real_(real), path_(std::move(path)) {}
  hw::Result<std::vector<hw::DiskIdentity>> list() override {
    RESUS_TRY(auto disk, real_.identify(path_));
    return std::vector<hw::DiskIdentity>{std::move(disk)};
  }
  hw::Result<hw::DiskIdentity> identify(const std::string& path) override { return real_.identify(path); }
  hw::Result<std::unique_ptr<hw::DiskReader>> open_reader(const std::string& path) override {
    return real_.open_reader(path);
  }
  hw::Result<std::unique_ptr<hw::DiskWriter>> open_writer(const std::string& path) override {
    return real_.open_writer(path);
  }
  hw::Result<void> write_block(const std::string& path) override { return real_.write_block(path); }
  hw::Result<std::uint64_t> sectors_written(const std::string& path) override { return real_.sectors_written(path); }

 private:
  hw::DiskAccess& real_;
  std::string path_;
};

}  // namespace resus::agent
