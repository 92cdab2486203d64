#pragma once
// A small file system of the test's own, mounted from an image file.
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "tests/support/temporary_directory.hpp"

namespace resus::test {

class LoopMount {
 public:
  /// 32 MiB. nullptr where the test may not mount.
  [[nodiscard]] static std::unique_ptr<LoopMount> ext4() {
    auto self = make("mke2fs -q -F -t ext4 -I 256 -m 0", "mount -o loop,user_xattr,acl");
    if (self) self->make_writable();
    return self;
  }
  [[nodiscard]] static std::unique_ptr<LoopMount> ntfs() { return make("mkntfs -q -F -Q", "ntfs-3g"); }
  ~LoopMount() {
    if (mounted_ && umount2(path_.c_str(), 0) != 0) (void)umount2(path_.c_str(), MNT_DETACH);
  }
  LoopMount(const LoopMount&) = delete;
  LoopMount& operator=(const LoopMount&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  LoopMount() = default;
  /// The read-only mark of an earlier user, one that was killed for instance, stays with the number of a loop device.
  void make_writable() const {
    struct statvfs status {};
    if (statvfs(path_.c_str(), &status) != 0 || (status.f_flag & ST_RDONLY) == 0) return;
    const std::string command = "PATH=$PATH:/sbin:/usr/sbin; blockdev --setrw $(findmnt -n -o SOURCE " + path_ + ") && mount -o remount,rw " + path_;
    (void)!std::system(command.c_str());
  }
  static std::unique_ptr<LoopMount> make(const std::string& format, const std::string& mount) {
    if (geteuid() != 0) return nullptr;
    std::unique_ptr<LoopMount> self(new LoopMount);
    const std::string image = self->directory_.file("image");
    self->path_ = self->directory_.file("mounted");
    std::filesystem::create_directory(self->path_);
    const std::string command = "truncate -s 32M " + image + " && PATH=$PATH:/sbin:/usr/sbin " + format + " " + image +
                                " >/dev/null 2>&1 && PATH=$PATH:/sbin:/usr/sbin " + mount + " " + image + " " +
                                self->path_ + " >/dev/null 2>&1";
    self->mounted_ = std::system(command.c_str()) == 0;
    return self->mounted_ ? std::move(self) : nullptr;
  }
  TemporaryDirectory directory_;  // removed after the unmount
  std::string path_;
  bool mounted_ = false;
};

}  // namespace resus::test
