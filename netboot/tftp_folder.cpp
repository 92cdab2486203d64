#include "netboot/tftp_folder.hpp"

#include <filesystem>
#include <random>

namespace resus::netboot {
namespace {

namespace fs = std::filesystem;

constexpr auto kEnter = fs::perms::others_exec | fs::perms::others_read;

bool others_may_enter(const fs::path& folder) {
  std::error_code problem;
  auto needed = kEnter;
  for (auto at = fs::canonical(folder, problem); !problem; at = at.parent_path(), needed = fs::perms::others_exec) {
    if ((fs::status(at, problem).permissions() & needed) != needed) return false;
    if (at == at.root_path()) return true;
  }
  return true;  // what is not there is said by whoever opens it
}

hw::Result<void> done(const std::error_code& problem, const std::string& what) {
  if (!problem) return hw::success();
  return hw::failure(hw::errno_error(hw::Code::kWrite, what, problem.value()));
}

hw::Result<void> copy_files(const fs::path& from, const fs::path& to) {
  std::error_code problem;
  for (fs::directory_iterator at(from, problem), end; !problem && at != end; at.increment(problem)) {
    if (!at->is_regular_file(problem)) continue;
    const auto copy = to / at->path().filename();
    fs::copy_file(at->path(), copy, problem);
    RESUS_TRY(done(problem, "copy " + at->path().string()));
    fs::permissions(copy, fs::perms::owner_read | fs::perms::group_read | fs::perms::others_read, problem);
  }
  return done(problem, "read " + from.string());
}

}  // namespace

hw::Result<std::unique_ptr<TftpFolder>> TftpFolder::of(const std::string& programs) {
  if (others_may_enter(programs)) return std::unique_ptr<TftpFolder>(new TftpFolder(programs, false));
  std::error_code problem;
  std::random_device random;
  const auto path = fs::temp_directory_path(problem) / ("resus-tftp-" + std::to_string(std::uint64_t{random()} << 32 | random()));
  RESUS_TRY(done(problem, "find the folder for temporary files"));
  if (!fs::create_directory(path, problem) && !problem) return hw::fail(hw::Code::kWrite, path.string() + " is there already");
  RESUS_TRY(done(problem, "make " + path.string()));
  std::unique_ptr<TftpFolder> folder(new TftpFolder(path.string(), true));
  RESUS_TRY(copy_files(programs, path));
  fs::permissions(path, fs::perms::owner_all | fs::perms::group_read | fs::perms::group_exec | kEnter, problem);
  RESUS_TRY(done(problem, "open " + path.string()));
  return folder;
}

TftpFolder::~TftpFolder() {
  std::error_code ignored;  // a few hundred KiB among temporary files
  if (copied_) std::filesystem::remove_all(path_, ignored);
}

}  // namespace resus::netboot
