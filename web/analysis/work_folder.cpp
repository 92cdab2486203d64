#include "web/analysis/work_folder.hpp"

#include <algorithm>
#include <filesystem>
#include <random>

#include "web/cli/raw_output.hpp"

namespace resus::analysis {
namespace {

constexpr std::uint64_t kLeaveFree = 256ull << 20;
constexpr std::uint64_t kLookEveryBytes = 64ull << 20;
/// Longer runs of zeros become holes; file systems allocate no finer.
constexpr std::size_t kHoleBytes = 64 * 1024;

/// Golden images keep their zeros: turns them into holes, looks at the free space now and then.
class Holes final : public imaging::RawSink {
 public:
  Holes(web::SparseFile& file, hw::FileSystem& files, const std::string& folder, const std::stop_token& stop)
      : file_(file), files_(files), folder_(folder), stop_(stop) {}
  Result<void> write(std::span<const std::byte> bytes) override {
    if (stop_.stop_requested()) return hw::fail(hw::Code::kCancelled, "the comparison was stopped");
    while (!bytes.empty()) {
      const auto piece = bytes.first(std::min(bytes.size(), kHoleBytes));
      RESUS_TRY(imaging::is_zero(piece) ? file_.zeros(piece.size()) : write_data(piece));
      bytes = bytes.subspan(piece.size());
    }
    return hw::success();
  }
  Result<void> zeros(std::uint64_t length_bytes) override { return file_.zeros(length_bytes); }

 private:
  Result<void> write_data(std::span<const std::byte> bytes) {
    if (left_ < bytes.size()) {
      RESUS_TRY(const auto space, files_.space(folder_));
      if (space.free_bytes < kLeaveFree + kLookEveryBytes) {
        return hw::fail(hw::Code::kSpace, folder_ + " has " + std::to_string(space.free_bytes >> 20) +
                                              " MiB left, too little for the file systems that are to be compared; give another folder with --work");
      }
      left_ = kLookEveryBytes;
    }
    left_ -= bytes.size();
    return file_.write(bytes);
  }
  web::SparseFile& file_;
  hw::FileSystem& files_;
  const std::string& folder_;
  const std::stop_token& stop_;
  std::uint64_t left_ = 0;
};

}  // namespace

Result<std::unique_ptr<WorkFolder>> WorkFolder::make(hw::FileSystem& files, const std::string& parent) {
  std::error_code problem;
  const auto above = parent.empty() ? std::filesystem::temp_directory_path(problem) : std::filesystem::path(parent);
  std::random_device random;
  const auto path = above / ("resus-diff-" + std::to_string(std::uint64_t{random()} << 32 | random()));
  if (problem || !std::filesystem::create_directory(path, problem)) {
    return hw::fail(hw::Code::kWrite, "make a folder in " + above.string() + ": " + problem.message());
  }
  std::unique_ptr<WorkFolder> folder(new WorkFolder(files, path.string()));
  std::filesystem::permissions(path, std::filesystem::perms::owner_all, problem);
  if (problem) return hw::fail(hw::Code::kWrite, "close " + path.string() + " to others: " + problem.message());
  return folder;
}

WorkFolder::~WorkFolder() {
  std::error_code ignored;  // its name says what it is
  std::filesystem::remove_all(path_, ignored);
}

Result<void> WorkFolder::write_part(imaging::EvidenceReader& disk, imaging::ByteRange part, const std::string& name,
                                    const std::stop_token& stop) {
  RESUS_TRY(const auto file, web::SparseFile::create(files_, this->file(name)));
  Holes holes(*file, files_, path_, stop);
  RESUS_TRY(disk.export_range(part, holes));
  return file->finish();
}

}  // namespace resus::analysis
