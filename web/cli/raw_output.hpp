#pragma once
// Where an exported raw disk goes: a sparse file, or a pipe.
#include <iosfwd>
#include <memory>
#include <stop_token>
#include <string>

#include "hw/file_system.hpp"
#include "imaging/evidence_reader.hpp"
#include "imaging/sha256.hpp"
#include "web/cli/progress_line.hpp"

namespace resus::web {

/// A new file; runs of zeros become holes. It is called `<path>.partial` until finish(): what was interrupted never
/// looks whole. Unfinished it is removed again.
class SparseFile final : public imaging::RawSink {
 public:
  /// Errors: kConflict when the file, or a partial one, exists.
  [[nodiscard]] static hw::Result<std::unique_ptr<SparseFile>> create(hw::FileSystem& files, const std::string& path);
  ~SparseFile() override;
  SparseFile(const SparseFile&) = delete;
  SparseFile& operator=(const SparseFile&) = delete;
  [[nodiscard]] hw::Result<void> write(std::span<const std::byte> bytes) override;
  [[nodiscard]] hw::Result<void> zeros(std::uint64_t length_bytes) override;
  /// Full length, durable, its own name. Errors: kConflict when somebody else made that file meanwhile.
  [[nodiscard]] hw::Result<void> finish();

 private:
  SparseFile(hw::FileSystem& files, const std::string& path) : files_(files), path_(path), partial_(path + ".partial") {}
  /// Makes the file `length_` long and opens it there.
  hw::Result<void> open_at_length();
  hw::FileSystem& files_;
  const std::string path_;
  const std::string partial_;
  std::unique_ptr<hw::AppendFile> file_;  ///< empty behind a hole
  std::uint64_t length_ = 0;
  bool finished_ = false;
};

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
