#include "web/cli/raw_output.hpp"

#include <algorithm>
#include <ostream>
#include <vector>

namespace resus::web {
namespace {

constexpr std::size_t kGatheredBytes = 64 * 1024;

std::span<const std::byte> some_zeros() {
  static const std::vector<std::byte> bytes(std::size_t{1} << 20);
  return bytes;
}

}  // namespace

hw::Result<void> PipeOutput::write(std::span<const std::byte> bytes) {
  out_.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  if (!out_) return hw::fail(hw::Code::kWrite, "standard output does not take more");
  return hw::success();
}

hw::Result<void> PipeOutput::zeros(std::uint64_t length_bytes) {
  while (length_bytes > 0) {
    const auto piece = static_cast<std::size_t>(std::min<std::uint64_t>(length_bytes, some_zeros().size()));
    RESUS_TRY(write(some_zeros().first(piece)));
    length_bytes -= piece;
  }
  return hw::success();
}

hw::Result<void> HashedOutput::counted(std::uint64_t bytes) {
  if (stop_.stop_requested()) return hw::fail(hw::Code::kCancelled, "the export was interrupted");
  done_bytes_ += bytes;
  line_.progress({.done_bytes = done_bytes_, .total_bytes = total_bytes_});
  return hw::success();
}

hw::Result<void> HashedOutput::write(std::span<const std::byte> bytes) {
  RESUS_TRY(counted(bytes.size()));
  hasher_.update_linear(bytes);
  return out_.write(bytes);
}

hw::Result<void> HashedOutput::write_blocks(std::span<const std::byte> bytes, std::span<const imaging::BlockId> ids) {
  RESUS_TRY(counted(bytes.size()));
  std::array<imaging::BlockId, imaging::kBlocksPerSegment> computed;
  hasher_.update(bytes, std::span(computed).first(ids.size()));
  if (!std::ranges::equal(std::span(computed).first(ids.size()), ids)) return hw::fail(hw::Code::kEvidenceDamaged, "does not hash to its id");
  return out_.write(bytes);
}

hw::Result<void> HashedOutput::zeros(std::uint64_t length_bytes) {
  RESUS_TRY(out_.zeros(length_bytes));
  while (length_bytes > 0) {
    const auto piece = some_zeros().first(static_cast<std::size_t>(std::min<std::uint64_t>(length_bytes, some_zeros().size())));
    RESUS_TRY(counted(piece.size()));
    hasher_.update_linear(piece);
    length_bytes -= piece.size();
  }
  return hw::success();
}

hw::Result<void> HashedOutput::pass_gathered() {
  const bool hole = imaging::is_zero(gathered_);
  RESUS_TRY(hole ? zeros(gathered_.size()) : write(gathered_));
  gathered_.clear();
  return hw::success();
}

hw::Result<void> HashedOutput::take(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const auto piece = bytes.first(std::min(bytes.size(), kGatheredBytes - gathered_.size()));
    gathered_.insert(gathered_.end(), piece.begin(), piece.end());
    bytes = bytes.subspan(piece.size());
    if (gathered_.size() == kGatheredBytes) {
      RESUS_TRY(pass_gathered());
    }
  }
  return hw::success();
}

hw::Result<void> HashedOutput::finish(const imaging::Digest& expected) {
  if (!gathered_.empty()) {
    RESUS_TRY(pass_gathered());
  }
  if (done_bytes_ != total_bytes_) {
    return hw::fail(hw::Code::kEvidenceDamaged, std::to_string(done_bytes_) + " of " + std::to_string(total_bytes_) + " bytes came out");
  }
  const auto computed = hasher_.finish();
  if (computed == expected) return hw::success();
  return hw::fail(hw::Code::kEvidenceDamaged, "what came out has the SHA-256 " + to_hex(computed) + ", the record says " + to_hex(expected));
}

}  // namespace resus::web
