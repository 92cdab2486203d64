#pragma once
// Where an exported raw disk goes: a sparse file (imaging/sparse_file.hpp), or a pipe.
#include <iosfwd>
#include <memory>
#include <stop_token>
#include <string>

#include "hw/file_system.hpp"
#include "imaging/evidence_reader.hpp"
#include "imaging/sha256.hpp"
#include "imaging/sparse_file.hpp"
#include "web/cli/progress_line.hpp"

namespace resus::web {

class PipeOutput final : public imaging::RawSink {
 public:
  explicit PipeOutput(std::ostream& out) : out_(out) {}
  [[nodiscard]] hw::Result<void> write(std::span<const std::byte> bytes) override;
  [[nodiscard]] hw::Result<void> zeros(std::uint64_t length_bytes) override;

 private:
  std::ostream& out_;
};

/// Everything that passes to an output is hashed and counted. Threads: one.
class HashedOutput final : public imaging::RawSink {
 public:
  /// `out` and `line` outlive the object.
  HashedOutput(imaging::RawSink& out, ProgressLine& line, std::uint64_t total_bytes, std::stop_token stop)
      : out_(out), line_(line), total_bytes_(total_bytes), stop_(std::move(stop)) {}
  /// Errors: kCancelled when stop is asked for, the output's.
  [[nodiscard]] hw::Result<void> write(std::span<const std::byte> bytes) override;
  /// In one pass with the SHA-256 of the whole.
  [[nodiscard]] hw::Result<void> write_blocks(std::span<const std::byte> bytes, std::span<const imaging::BlockId> ids) override;
  [[nodiscard]] hw::Result<void> zeros(std::uint64_t length_bytes) override;
  /// Bytes as they come from a network, any number at a time: gathered into pieces of 64 KiB, of which those of zeros
  /// become holes.
  [[nodiscard]] hw::Result<void> take(std::span<const std::byte> bytes);
  /// Passes on what take() still holds and compares. Errors: kEvidenceDamaged when length or SHA-256 differ.
  [[nodiscard]] hw::Result<void> finish(const imaging::Digest& expected);

 private:
  hw::Result<void> counted(std::uint64_t bytes);
  hw::Result<void> pass_gathered();
  imaging::RawSink& out_;
  ProgressLine& line_;
  const std::uint64_t total_bytes_;
  const std::stop_token stop_;
  imaging::FusedSha256 hasher_;
  std::uint64_t done_bytes_ = 0;
  std::vector<std::byte> gathered_;
};

}  // namespace resus::web
