#pragma once
// What could not be read of a mounted disk, as a file beside it.
#include <mutex>
#include <string>
#include <vector>

#include "hw/mounts.hpp"

namespace resus::imaging {

/// Each block stands in it once, 10,000 at most, in the order in which they were met. Threads: any.
class DamageList final : public hw::ServedFile {
 public:
  DamageList();
  /// Also in the log. `offset_bytes` of the disk.
  void add(std::uint64_t offset_bytes, const hw::Error& error);
  [[nodiscard]] std::uint64_t size_bytes() const override;
  [[nodiscard]] hw::Result<void> read(std::uint64_t offset_bytes, std::span<std::byte> out, hw::Reading how) override;
  [[nodiscard]] bool grows() const override { return true; }

 private:
  mutable std::mutex mutex_;
  std::vector<std::uint64_t> blocks_;  ///< ascending
  std::string text_;                   ///< what is there stays as it is
};

}  // namespace resus::imaging
