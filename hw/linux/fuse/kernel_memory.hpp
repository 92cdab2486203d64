#pragma once
// Files on their way into the kernel's memory, where reads need nobody's answer.
#include <fuse_lowlevel.h>

#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

#include "hw/linux/fuse/inodes.hpp"

namespace resus::hw {

/// Threads: any. The session outlives stop().
class KernelMemory {
 public:
  /// `most_bytes`: of all files together.
  KernelMemory(fuse_session* session, const Inodes& inodes, std::uint64_t most_bytes)
      : session_(session), left_bytes_(most_bytes), followed_(inodes.size()) {}
  ~KernelMemory() { stop(); }
  KernelMemory(const KernelMemory&) = delete;
  KernelMemory& operator=(const KernelMemory&) = delete;

  /// Tells what a read is part of. Whoever has looked around for a while finds the file in memory before long.
  [[nodiscard]] Reading follow(std::uint64_t number, const std::shared_ptr<ServedFile>& file, std::uint64_t offset_bytes, std::size_t length_bytes);
  /// @pre requests are still answered: a page the kernel waits for cannot be stored.
  void stop();

 private:
  struct Followed {
    std::atomic<std::uint64_t> expected{0};  ///< where a reader in order would go on
    std::atomic<int> jumps{0};
  };
  void bring(std::uint64_t number, const std::shared_ptr<ServedFile>& file);
  void store(std::uint64_t number, ServedFile& file, const std::vector<FilePlace>& places) const;
  [[nodiscard]] bool store_piece(std::uint64_t number, ServedFile& file, std::uint64_t offset_bytes, std::span<std::byte> room) const;

  fuse_session* const session_;
  std::atomic<bool> ending_{false};
  std::mutex mutex_;
  std::uint64_t left_bytes_;          ///< guarded by mutex_
  std::vector<Followed> followed_;    ///< by the inode's number
  std::vector<std::jthread> threads_; ///< guarded by mutex_
};

}  // namespace resus::hw
