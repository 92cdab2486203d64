#pragma once
// A loop device over an image file, detached with the test.
#include <fcntl.h>
#include <linux/blkpg.h>
#include <linux/loop.h>
#include <sys/ioctl.h>

#include <optional>
#include <string>
#include <utility>

#include "hw/fd.hpp"

namespace resus::test {

class LoopDevice {
 public:
  /// Nothing where loop devices cannot be made (not root, none free); the test is skipped then.
  [[nodiscard]] static std::optional<LoopDevice> attach(const std::string& image) {
    const hw::UniqueFd control(::open("/dev/loop-control", O_RDWR | O_CLOEXEC));
    const hw::UniqueFd backing(::open(image.c_str(), O_RDWR | O_CLOEXEC));
    // Another program may take the free one first.
    for (int attempt = 0; control.valid() && backing.valid() && attempt < 20; ++attempt) {
      const int number = ::ioctl(control.get(), LOOP_CTL_GET_FREE);
      if (number < 0) return std::nullopt;
      std::string path = "/dev/loop" + std::to_string(number);
      hw::UniqueFd loop(::open(path.c_str(), O_RDWR | O_CLOEXEC));
      loop_config config{};
      config.fd = static_cast<__u32>(backing.get());
      config.info.lo_flags = LO_FLAGS_DIRECT_IO;
      image.copy(reinterpret_cast<char*>(config.info.lo_file_name), LO_NAME_SIZE - 1);
      if (::ioctl(loop.get(), LOOP_CONFIGURE, &config) == 0) return LoopDevice(std::move(path));
    }
    return std::nullopt;
  }
  LoopDevice(LoopDevice&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  LoopDevice& operator=(LoopDevice&& other) noexcept {
    std::swap(path_, other.path_);
    return *this;
  }
  ~LoopDevice() {
    if (path_.empty()) return;
    const hw::UniqueFd loop(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
    int writable = 0;
    // The read-only mark stays with the device number and would meet the next user.
    (void)::ioctl(loop.get(), kSetReadOnly, &writable);
    // So do partitions that were added by hand.
    for (int number = 1; number <= 16; ++number) {
      blkpg_partition partition{};
      partition.pno = number;
      blkpg_ioctl_arg request{.op = BLKPG_DEL_PARTITION, .flags = 0, .datalen = sizeof partition, .data = &partition};
      (void)::ioctl(loop.get(), BLKPG, &request);
    }
    (void)::ioctl(loop.get(), LOOP_CLR_FD, 0);
  }
  [[nodiscard]] const std::string& path() const { return path_; }
  /// "loop0"
  [[nodiscard]] std::string name() const { return path_.substr(5); }

 private:
  static constexpr unsigned long kSetReadOnly = _IO(0x12, 93);  // <linux/fs.h> clashes with <sys/mount.h>
  explicit LoopDevice(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

}  // namespace resus::test
