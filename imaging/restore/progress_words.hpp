#pragma once
#include "imaging/restore/child_talk.hpp"

namespace resus::imaging {

/// Counts, and says so after each entry or 4 MiB: often enough that the parent never takes the child for stuck.
class ProgressWords {
 public:
  explicit ProgressWords(hw::SandboxChild& child) : child_(child) {}
  Result<void> bytes_done(std::uint64_t bytes) {
    bytes_ += bytes;
    if (bytes_ - said_bytes_ < (4U << 20)) return hw::success();
    return say_now();
  }
  /// `size` replaces what bytes_done() counted of this entry: holes count too.
  Result<void> entry_done(std::uint64_t size) {
    ++entries_;
    finished_bytes_ += size;
    bytes_ = finished_bytes_;
    return say_now();
  }

 private:
  Result<void> say_now() {
    said_bytes_ = bytes_;
    return say(child_, Said::kProgress, std::to_string(entries_) + " " + std::to_string(bytes_));
  }
  hw::SandboxChild& child_;
  std::uint64_t entries_ = 0, bytes_ = 0, finished_bytes_ = 0, said_bytes_ = 0;
};

}  // namespace resus::imaging
