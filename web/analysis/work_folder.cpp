#include "web/analysis/work_folder.hpp"

#include <algorithm>
#include <filesystem>
#include <random>

#include "imaging/sparse_file.hpp"

namespace resus::analysis {
namespace {

namespace fs = std::filesystem;

constexpr char kPrefix[] = "resus-diff-";
constexpr std::uint64_t kLookEveryBytes = 64ull << 20;
/// Longer runs of zeros become holes; file systems allocate no finer.
constexpr std::size_t kHoleBytes = 64 * 1024;
/// Of the list of files of one file system: some millions of them.
constexpr std::uint64_t kMostListBytes = 4ull << 30;
constexpr std::uint64_t kToolMemoryBytes = 2ull << 30;

Result<void> written(const std::error_code& problem, const std::string& what) {
  if (!problem) return hw::success();
  return hw::failure(hw::errno_error(hw::Code::kWrite, what, problem.value()));
}

/// Golden images keep their zeros: turns them into holes, looks at the free space now and then.
class Holes final : public imaging::RawSink {
 public:
  struct Room {
    hw::FileSystem& files;
    const std::string& folder;
    std::uint64_t leave_free_bytes;
  };
  Holes(imaging::SparseFile& file, Room room, const std::stop_token& stop, const std::function<void(std::uint64_t)>& told)
      : file_(file), room_(room), stop_(stop), told_(told) {}
  Result<void> write(std::span<const std::byte> bytes) override {
    RESUS_TRY(go_on(bytes.size()));
    while (!bytes.empty()) {
      const auto piece = bytes.first(std::min(bytes.size(), kHoleBytes));
      RESUS_TRY(imaging::is_zero(piece) ? file_.zeros(piece.size()) : write_data(piece));
      bytes = bytes.subspan(piece.size());
    }
    return hw::success();
  }
  Result<void> zeros(std::uint64_t length_bytes) override {
    RESUS_TRY(go_on(length_bytes));
    return file_.zeros(length_bytes);
  }

 private:
  Result<void> go_on(std::uint64_t bytes) {
    if (stop_.stop_requested()) return hw::fail(hw::Code::kCancelled, "the comparison was stopped");
    told_(bytes);
    return hw::success();
  }
  Result<void> write_data(std::span<const std::byte> bytes) {
    if (left_ < bytes.size()) {
      RESUS_TRY(const auto space, room_.files.space(room_.folder));
      if (space.free_bytes < room_.leave_free_bytes + kLookEveryBytes) {
        return hw::fail(hw::Code::kSpace, room_.folder + " has " + std::to_string(space.free_bytes >> 20) + " MiB left, too little for the file systems that are to be compared (" +
                                              std::to_string(room_.leave_free_bytes >> 20) + " MiB must stay free); without --store the depot's folder is meant, else give another with --work");
      }
      left_ = kLookEveryBytes;
    }
    left_ -= bytes.size();
    return file_.write(bytes);
  }
  imaging::SparseFile& file_;
  const Room room_;
  const std::stop_token& stop_;
  const std::function<void(std::uint64_t)>& told_;
  std::uint64_t left_ = 0;
};

}  // namespace

Result<std::unique_ptr<WorkFolder>> WorkFolder::make(hw::FileSystem& files, const WorkPlace& place) {
  std::error_code problem;
  const auto above = place.parent.empty() ? fs::temp_directory_path(problem) : fs::path(place.parent);
  RESUS_TRY(written(problem, "find the folder for temporary files"));
  std::random_device random;
  const auto path = above / (kPrefix + std::to_string(std::uint64_t{random()} << 32 | random()));
  const bool made = fs::create_directory(path, problem);
  RESUS_TRY(written(problem, "make a folder in " + above.string()));
  if (!made) return hw::fail(hw::Code::kWrite, path.string() + " is there already");
  // Tools are told where it is, whatever folder they run in.
  std::unique_ptr<WorkFolder> folder(new WorkFolder(files, fs::absolute(path, problem).string(), place.leave_free_bytes));
  RESUS_TRY(written(problem, "find " + path.string()));
  fs::permissions(path, fs::perms::owner_all, problem);
  RESUS_TRY(written(problem, "close " + path.string() + " to others"));
  return folder;
}

Result<void> WorkFolder::clear(const std::string& parent) {
  std::error_code problem;
  for (fs::directory_iterator at(parent, problem), end; !problem && at != end; at.increment(problem)) {
    if (at->path().filename().string().starts_with(kPrefix)) fs::remove_all(at->path(), problem);
    RESUS_TRY(written(problem, "remove " + at->path().string()));
  }
  return written(problem, "look into " + parent);
}

WorkFolder::~WorkFolder() {
  std::error_code ignored;  // its name says what it is
  fs::remove_all(path_, ignored);
}

Result<void> WorkFolder::renew(const std::string& disk) {
  const auto path = path_ + "/" + disk;
  std::error_code problem;
  fs::remove_all(path, problem);
  RESUS_TRY(written(problem, "empty " + path));
  fs::create_directory(path, problem);
  RESUS_TRY(written(problem, "make " + path));
  fs::permissions(path, fs::perms::all, problem);
  return written(problem, "open " + path);
}

hw::Confinement WorkFolder::confinement(const std::string& disk) const {
  return {.folder = path_ + "/" + disk, .memory_bytes = kToolMemoryBytes, .file_bytes = kMostListBytes, .leave_free_bytes = leave_free_bytes_};
}

Result<void> WorkFolder::write_part(imaging::EvidenceReader& reader, imaging::ByteRange part, const std::string& path,
                                    const std::stop_token& stop, const std::function<void(std::uint64_t)>& told) {
  RESUS_TRY(const auto file, imaging::SparseFile::create(files_, path));
  Holes holes(*file, {.files = files_, .folder = path_, .leave_free_bytes = leave_free_bytes_}, stop, told);
  RESUS_TRY(reader.export_range(part, holes));
  RESUS_TRY(file->finish());
  std::error_code problem;
  fs::permissions(path, fs::perms::owner_read | fs::perms::group_read | fs::perms::others_read, problem);
  return written(problem, "open " + path);
}

}  // namespace resus::analysis
