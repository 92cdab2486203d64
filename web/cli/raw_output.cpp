#include "web/cli/raw_output.hpp"

#include <algorithm>
#include <ostream>
#include <vector>

namespace resus::web {

hw::Result<SparseFile> SparseFile::create(hw::FileSystem& files, const std::string& path) {
  RESUS_TRY(const bool there, files.exists(path));
  if (there) return hw::fail(hw::Code::kConflict, path + " exists already; an export never overwrites");
  SparseFile file(files, path);
  RESUS_TRY(file.file_, files.open_append(path));
  return file;
}

hw::Result<void> SparseFile::open_at_length() {
  file_.reset();
  RESUS_TRY(files_->truncate(path_, length_));
  RESUS_TRY(file_, files_->open_append(path_));
  return hw::success();
}

hw::Result<void> SparseFile::write(std::span<const std::byte> bytes) {
  if (!file_) {
    RESUS_TRY(open_at_length());
  }
  RESUS_TRY(file_->append(bytes));
  length_ += bytes.size();
  return hw::success();
}

hw::Result<void> SparseFile::zeros(std::uint64_t length_bytes) {
  file_.reset();
  length_ += length_bytes;
  return hw::success();
}

hw::Result<void> SparseFile::finish() {
  RESUS_TRY(open_at_length());
  return file_->sync();
}

hw::Result<void> PipeOutput::write(std::span<const std::byte> bytes) {
  out_.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  if (!out_) return hw::fail(hw::Code::kWrite, "standard output does not take more");
  return hw::success();
}

hw::Result<void> PipeOutput::zeros(std::uint64_t length_bytes) {
  static const std::vector<std::byte> kZeros(std::size_t{1} << 20);
  while (length_bytes > 0) {
    const auto piece = static_cast<std::size_t>(std::min<std::uint64_t>(length_bytes, kZeros.size()));
    RESUS_TRY(write(std::span(kZeros).first(piece)));
    length_bytes -= piece;
  }
  return hw::success();
}

}  // namespace resus::web
