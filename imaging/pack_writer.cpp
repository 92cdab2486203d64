#include "imaging/bytes.hpp"
#include "imaging/pack.hpp"

namespace resus::imaging {
namespace {

std::string folder_of(const std::string& path) {
  const auto slash = path.find_last_of('/');
  return slash == std::string::npos ? "." : path.substr(0, slash);
}

}  // namespace

Result<std::unique_ptr<PackWriter>> PackWriter::create(hw::FileSystem& files, std::string growing_path,
                                                       std::uint32_t number) {
  RESUS_TRY(const bool taken, files.exists(growing_path));
  if (taken) return hw::fail(hw::Code::kConflict, growing_path + " is already there");
  RESUS_TRY(auto file, files.open_append(growing_path));
  RESUS_TRY(files.sync_directory(folder_of(growing_path)));
  RESUS_TRY(auto reader, files.open_read(growing_path));
  auto pack = std::make_shared<Pack>(number, std::move(reader), std::vector<FrameEntry>{}, false);
  return std::unique_ptr<PackWriter>(
      new PackWriter(files, std::move(growing_path), std::move(file), std::move(pack)));
}

Result<std::unique_ptr<PackWriter>> PackWriter::recover(hw::FileSystem& files, std::string growing_path,
                                                        std::uint32_t number) {
  RESUS_TRY(auto reader, files.open_read(growing_path));
  RESUS_TRY(auto scan, scan_pack(*reader, true));
  RESUS_TRY(files.truncate(growing_path, scan.good_bytes));
  RESUS_TRY(auto file, files.open_append(growing_path));
  RESUS_TRY(file->sync());
  auto pack = std::make_shared<Pack>(number, std::move(reader), std::move(scan.frames), false);
  auto writer = std::unique_ptr<PackWriter>(
      new PackWriter(files, std::move(growing_path), std::move(file), std::move(pack)));
  writer->good_bytes_ = scan.good_bytes;
  return writer;
}

std::uint64_t PackWriter::size_bytes() const {
  const std::lock_guard lock(mutex_);
  return good_bytes_;
}

Result<void> PackWriter::cut_torn_tail() {
  if (!torn_) return hw::success();
  RESUS_TRY(files_.truncate(path_, good_bytes_));
  RESUS_TRY(file_, files_.open_append(path_));
  torn_ = false;
  return hw::success();
}

Result<void> PackWriter::write_piece(std::span<const std::byte> bytes) {
  auto done = file_->append(bytes);
  if (!done) torn_ = true;
  return done;
}

Result<std::uint32_t> PackWriter::append(const Frame& frame) {
  RESUS_TRY(check_frame_shape(frame));
  const std::lock_guard lock(mutex_);
  if (sealed_) return hw::fail(hw::Code::kConflict, path_ + " is sealed");
  RESUS_TRY(cut_torn_tail());
  const auto number = pack_->frame_count();
  const auto ids = encode_id_frame(frame, number);
  RESUS_TRY(write_piece(frame.compressed));
  RESUS_TRY(write_piece(as_bytes(ids)));
  pack_->add({.offset_bytes = good_bytes_,
              .compressed_bytes = static_cast<std::uint32_t>(frame.compressed.size()),
              .raw_bytes = frame.raw_bytes});
  good_bytes_ += frame.compressed.size() + ids.size();
  return number;
}

Result<void> PackWriter::sync() {
  const std::lock_guard lock(mutex_);
  if (sealed_) return hw::success();
  return file_->sync();
}

Result<void> PackWriter::write_seek_table() {
  RESUS_TRY(cut_torn_tail());
  const auto frames = [this] {
    const std::shared_lock reading(pack_->mutex_);
    return pack_->frames_;
  }();
  torn_ = true;  // until the table is whole and durable it is cut and written again
  RESUS_TRY(file_->append(as_bytes(encode_seek_table(frames))));
  RESUS_TRY(file_->sync());
  torn_ = false;
  return hw::success();
}

Result<void> PackWriter::seal(const std::string& final_path) {
  const std::lock_guard lock(mutex_);
  if (pack_->sealed()) return hw::success();
  if (!sealed_) {
    RESUS_TRY(write_seek_table());
    sealed_ = true;
  }
  if (!renamed_) {
    RESUS_TRY(files_.rename(path_, final_path));
    renamed_ = true;
  }
  RESUS_TRY(files_.sync_directory(folder_of(final_path)));
  if (folder_of(path_) != folder_of(final_path)) {
    RESUS_TRY(files_.sync_directory(folder_of(path_)));
  }
  pack_->set_sealed();
  return hw::success();
}

}  // namespace resus::imaging
