#pragma once
// A raw disk, or a part of one, as a sparse file.
#include <memory>
#include <string>

#include "hw/file_system.hpp"
#include "imaging/evidence_reader.hpp"

namespace resus::imaging {

/// A new file; runs of zeros become holes. It is called `<path>.partial` until finish(): what was interrupted never
/// looks whole. Unfinished it is removed again.
class SparseFile final : public imaging::RawSink {
 public:
  /// Errors: kConflict when the file, or a partial one, exists.
  [[nodiscard]] static Result<std::unique_ptr<SparseFile>> create(hw::FileSystem& files, const std::string& path);
  ~SparseFile() override;
  SparseFile(const SparseFile&) = delete;
  SparseFile& operator=(const SparseFile&) = delete;
  [[nodiscard]] Result<void> write(std::span<const std::byte> bytes) override;
  [[nodiscard]] Result<void> zeros(std::uint64_t length_bytes) override;
  /// Full length, durable, its own name. Errors: kConflict when somebody else made that file meanwhile.
  [[nodiscard]] Result<void> finish();

 private:
  SparseFile(hw::FileSystem& files, const std::string& path) : files_(files), path_(path), partial_(path + ".partial") {}
  /// Makes the file `length_` long and opens it there.
  Result<void> open_at_length();
  hw::FileSystem& files_;
  const std::string path_;
  const std::string partial_;
  std::unique_ptr<hw::AppendFile> file_;  ///< empty behind a hole
  std::uint64_t length_ = 0;
  bool finished_ = false;
};

}  // namespace resus::imaging
