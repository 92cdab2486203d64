#pragma once
#include <vector>

#include "imaging/evidence_reader.hpp"

namespace resus::test {

/// Keeps what is exported.
struct CollectingSink final : imaging::RawSink {
  hw::Result<void> write(std::span<const std::byte> piece) override {
    bytes.insert(bytes.end(), piece.begin(), piece.end());
    return hw::success();
  }
  hw::Result<void> zeros(std::uint64_t length_bytes) override {
    bytes.resize(bytes.size() + length_bytes);
    return hw::success();
  }
  std::vector<std::byte> bytes;
};

}  // namespace resus::test
