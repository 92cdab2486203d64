#pragma once
// How the long runs (acquisition, deployment) tell where they are.
#include <chrono>
#include <cstdint>

#include "hw/result.hpp"

namespace resus::imaging {

struct Progress {
  std::uint64_t done_bytes = 0;   ///< of the disk, in order
  std::uint64_t total_bytes = 0;
};

/// Threads: progress() comes from one thread; paused() may come from another at the same time.
/// Both must return soon: the run waits for them.
class ProgressSink {
 public:
  virtual ~ProgressSink() = default;
  /// After each segment (1 MiB); whoever shows it thins it out.
  virtual void progress(const Progress& progress) = 0;
  /// The other side cannot take or give data now (kSpace, kNetwork); the run tries again after `wait`.
  virtual void paused(const hw::Error& reason, std::chrono::milliseconds wait) = 0;
};

/// For those who do not want to know.
class NoProgress : public ProgressSink {
 public:
  void progress(const Progress&) override {}
  void paused(const hw::Error&, std::chrono::milliseconds) override {}
};

}  // namespace resus::imaging
