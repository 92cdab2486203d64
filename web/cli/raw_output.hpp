#pragma once
// Where an exported raw disk goes: a sparse file, or a pipe.
#include <iosfwd>
#include <memory>
#include <string>

#include "hw/file_system.hpp"
#include "imaging/evidence_reader.hpp"

namespace resus::web {

/// A new file; runs of zeros become holes. Call finish() for its full length and durability.
class SparseFile final : public imaging::RawSink {
 public:
  /// Errors: kConflict when the file exists.
  [[nodiscard]] static hw::Result<SparseFile> create(hw::FileSystem& files, const std::string& path);
  [[nodiscard]] hw::Result<void> write(std::span<const std::byte> bytes) override;
  [[nodiscard]] hw::Result<void> zeros(std::uint64_t length_bytes) override;
  [[nodiscard]] hw::Result<void> finish();

 private:
  SparseFile(hw::FileSystem& files, std::string path) : files_(&files), path_(std::move(path)) {}
  /// Makes the file `length_` long and opens it there.
  hw::Result<void> open_at_length();
  hw::FileSystem* files_;
  std::string path_;
  std::unique_ptr<hw::AppendFile> file_;  ///< empty behind a hole
  std::uint64_t length_ = 0;
};

class PipeOutput final : public imaging::RawSink {
 public:
  explicit PipeOutput(std::ostream& out) : out_(out) {}
  [[nodiscard]] hw::Result<void> write(std::span<const std::byte> bytes) override;
  [[nodiscard]] hw::Result<void> zeros(std::uint64_t length_bytes) override;

 private:
  std::ostream& out_;
};

}  // namespace resus::web
