#include "firmware/init/disk_guard.hpp"

#include <cstdio>
#include <optional>

namespace resus::firmware {
namespace {

bool same(const hw::DiskIdentity& a, const hw::DiskIdentity& b) {
  return a.serial == b.serial && a.wwn == b.wwn && a.size_bytes == b.size_bytes;
}

}  // namespace

hw::Result<void> DiskGuard::check() {
  RESUS_TRY(const auto present, disks_.list());
  std::map<std::string, hw::DiskIdentity> still;
  std::optional<hw::Error> first_error;
  for (const auto& disk : present) {
    const auto known = blocked_.find(disk.path);
    if (known == blocked_.end() || !same(known->second, disk)) {
      auto blocked = disks_.write_block(disk.path);
      if (!blocked) {
        if (!first_error) first_error = std::move(blocked).error().within("write-block " + disk.path);
        continue;
      }
    }
    still.emplace(disk.path, disk);
  }
  blocked_ = std::move(still);
  if (first_error) return hw::failure(*std::move(first_error));
  return hw::success();
}

std::string DiskGuard::summary() const {
  std::string text;
  for (const auto& [path, disk] : blocked_) {
    char size[32];
    std::snprintf(size, sizeof size, " %.1f GB", static_cast<double>(disk.size_bytes) / 1e9);
    text += (text.empty() ? "" : ", ") + path.substr(path.rfind('/') + 1) + size;
  }
  return text.empty() ? "no disk" : text;
}

}  // namespace resus::firmware
