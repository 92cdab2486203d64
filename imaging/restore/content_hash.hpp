#pragma once
#include <cstddef>
#include <memory>
#include <span>

#include "imaging/block.hpp"

namespace resus::imaging {

/// SHA-256 of bytes that come in pieces. Threads: one.
class ContentHash {
 public:
  ContentHash();
  void add(std::span<const std::byte> bytes);
  /// Zeros that are not there: the holes of a sparse file.
  void add_zeros(std::uint64_t count);
  /// Digest of what was added; the next add() begins anew.
  [[nodiscard]] Digest finish();
  /// Fetches the algorithm once for the process. Called before a fork: the child must not meet a lock of the
  /// crypto library that another thread of the parent held.
  static void prepare();

 private:
  struct Free {
    void operator()(void* context) const;
  };
  std::unique_ptr<void, Free> context_;
};

}  // namespace resus::imaging
