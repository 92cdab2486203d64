#include "imaging/sparse_file.hpp"

namespace resus::imaging {

Result<std::unique_ptr<SparseFile>> SparseFile::create(hw::FileSystem& files, const std::string& path) {
  std::unique_ptr<SparseFile> file(new SparseFile(files, path));
  file->finished_ = true;  // nothing of ours to remove yet
  RESUS_TRY(const bool there, files.exists(path));
  if (there) return hw::fail(hw::Code::kConflict, path + " exists already; an export never overwrites");
  RESUS_TRY(const bool partial, files.exists(file->partial_));
  if (partial) return hw::fail(hw::Code::kConflict, file->partial_ + " exists already: another export writes it, or one broke off and left it; then remove it");
  RESUS_TRY(file->file_, files.open_append(file->partial_));
  file->finished_ = false;
  return file;
}

SparseFile::~SparseFile() {
  if (finished_) return;
  file_.reset();
  (void)files_.remove(partial_);  // best effort: its name says what it is
}

Result<void> SparseFile::open_at_length() {
  file_.reset();
  RESUS_TRY(files_.truncate(partial_, length_));
  RESUS_TRY(file_, files_.open_append(partial_));
  return hw::success();
}

Result<void> SparseFile::write(std::span<const std::byte> bytes) {
  if (!file_) {
    RESUS_TRY(open_at_length());
  }
  RESUS_TRY(file_->append(bytes));
  length_ += bytes.size();
  return hw::success();
}

Result<void> SparseFile::zeros(std::uint64_t length_bytes) {
  file_.reset();
  length_ += length_bytes;
  return hw::success();
}

Result<void> SparseFile::finish() {
  RESUS_TRY(open_at_length());
  RESUS_TRY(file_->sync());
  file_.reset();
  RESUS_TRY(const bool there, files_.exists(path_));
  if (there) return hw::fail(hw::Code::kConflict, path_ + " was made by somebody else meanwhile; an export never overwrites");
  RESUS_TRY(files_.rename(partial_, path_));
  finished_ = true;
  const auto slash = path_.rfind('/');
  return files_.sync_directory(slash == std::string::npos ? "." : slash == 0 ? "/" : path_.substr(0, slash));
}

}  // namespace resus::imaging
