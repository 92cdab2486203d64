#include "web/analysis/file_listing.hpp"

#include <filesystem>

namespace resus::analysis {
namespace {

using sqlite::Statement;

constexpr std::uint64_t kFolder = 2;        // TSK_FS_META_TYPE_DIR
constexpr std::uint64_t kNtfsData = 128;    // TSK_FS_ATTR_TYPE_NTFS_DATA
constexpr std::int64_t kInUse = 1, kNotInUse = 2;  // TSK_FS_NAME_FLAG_ENUM

// Type 0 is a file of the file system, 7 the slack behind one: its row follows, and it then has the layout of both.
// Virtual entries (meta_type 10, 11) are Sleuthkit's own.
constexpr char kFiles[] =
    "SELECT f.obj_id, f.parent_path || f.name AS path, f.meta_addr, f.attr_type, f.attr_id, f.size, f.mtime, f.ctime, "
    "f.crtime, f.mode, f.uid, f.gid, f.meta_type, CASE WHEN s.type = 7 THEN s.obj_id ELSE 0 END "
    "FROM tsk_files f LEFT JOIN tsk_files s ON s.obj_id = f.obj_id + 1 "
    "WHERE f.type = 0 AND f.name NOT IN ('', '.', '..') AND f.meta_type NOT IN (10, 11) AND f.dir_flags = ? "
    "ORDER BY path, f.attr_type, f.attr_id, f.meta_addr";
constexpr char kLayout[] = "SELECT byte_start, byte_len FROM tsk_file_layout WHERE obj_id IN (?, ?) ORDER BY obj_id, sequence";
constexpr char kUnallocated[] =
    "SELECT l.byte_start, l.byte_len FROM tsk_file_layout l JOIN tsk_files f ON f.obj_id = l.obj_id "
    "WHERE f.type = 4 AND f.fs_obj_id IS NOT NULL ORDER BY l.byte_start";

constexpr std::chrono::hours kLongestQuery{1};
constexpr int kLookEverySteps = 100'000;  // of SQLite's machine: some milliseconds
/// 64 MiB of memory; more pieces than the free space of a large disk has.
constexpr std::size_t kMostPieces = 4u << 20;
/// Longer texts are no paths.
constexpr int kMostTextBytes = 64 * 1024;

/// A name for SQLite that says: nothing beside the file is looked at, no journal, no lock.
std::string as_it_stands(const std::string& path) {
  std::string uri = "file:";
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    static constexpr std::string_view kDigits = "0123456789abcdef";
    if (c == '%' || c == '?' || c == '#') {
      uri.append({'%', kDigits[byte >> 4], kDigits[byte & 15]});
    } else {
      uri += c;
    }
  }
  return uri + "?immutable=1";
}

std::uint64_t positive(const Statement& row, int column) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(row.number(column), 0));
}

}  // namespace

bool ListedFile::folder() const { return type == kFolder && attribute_type != kNtfsData; }

FileListing::FileListing(sqlite::Database database, std::stop_token stop)
    : patience_(std::make_unique<Patience>(Patience{.stop = std::move(stop), .end = {}})), database_(std::move(database)) {
  const auto tired = [](void* patience) {
    const auto& p = *static_cast<const Patience*>(patience);
    return p.stop.stop_requested() || std::chrono::steady_clock::now() > p.end ? 1 : 0;
  };
  sqlite3_progress_handler(database_.get(), kLookEverySteps, tired, patience_.get());
}

Result<FileListing> FileListing::open(const std::string& database, std::stop_token stop) {
  std::error_code problem;
  const auto kind = std::filesystem::symlink_status(database, problem).type();
  if (kind != std::filesystem::file_type::regular) return hw::fail(hw::Code::kRead, database + " is no file");
  sqlite3* opened = nullptr;
  const int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_URI;
  const int result = sqlite3_open_v2(as_it_stands(database).c_str(), &opened, flags, nullptr);
  sqlite::Database owner(opened);
  if (result != SQLITE_OK) return hw::fail(hw::Code::kRead, "open " + database + ": " + sqlite3_errstr(result));
  sqlite3_db_config(opened, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(opened, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_limit(opened, SQLITE_LIMIT_LENGTH, kMostTextBytes);
  FileListing listing(std::move(owner), std::move(stop));
  listing.begin_query();
  if (auto careful = sqlite::execute(opened, "PRAGMA cell_size_check=ON"); !careful) return hw::failure(listing.failed(careful.error()));
  return listing;
}

void FileListing::begin_query() const { patience_->end = std::chrono::steady_clock::now() + kLongestQuery; }

hw::Error FileListing::failed(hw::Error error) const {
  if (patience_->stop.stop_requested()) return hw::make_error(hw::Code::kCancelled, "the comparison was stopped");
  error.code = hw::Code::kRead;  // whatever it is, what is to be read is at fault
  return std::move(error).within("what tsk_loaddb wrote");
}

Result<Layout> FileListing::layout_of(Statement& rows) const {
  begin_query();
  Layout layout;
  for (;;) {
    auto more = rows.step();
    if (!more) return hw::failure(failed(std::move(more.error())));
    if (!more.value()) return layout;
    if (layout.size() == kMostPieces) return hw::fail(hw::Code::kRead, "what tsk_loaddb wrote names more than " + std::to_string(kMostPieces) + " pieces");
    layout.push_back({.offset_bytes = positive(rows, 0), .length_bytes = positive(rows, 1)});
  }
}

Result<void> FileListing::start(bool deleted) {
  files_ = std::make_unique<Statement>(database_.get(), kFiles);
  files_->bind(deleted ? kNotInUse : kInUse);
  return hw::success();
}

Result<std::optional<ListedFile>> FileListing::next() {
  begin_query();
  auto more = files_->step();
  if (!more) return hw::failure(failed(std::move(more.error())));
  if (!more.value()) return std::optional<ListedFile>();
  const auto& row = *files_;
  return std::optional(ListedFile{.path = row.text(1),
                                  .inode = positive(row, 2),
                                  .attribute_type = positive(row, 3),
                                  .attribute_id = positive(row, 4),
                                  .size_bytes = positive(row, 5),
                                  .modified = row.number(6),
                                  .changed = row.number(7),
                                  .created = row.number(8),
                                  .mode = positive(row, 9),
                                  .uid = positive(row, 10),
                                  .gid = positive(row, 11),
                                  .type = positive(row, 12),
                                  .row = row.number(0),
                                  .slack_row = row.number(13)});
}

Result<Layout> FileListing::layout(const ListedFile& file) const {
  Statement rows(database_.get(), kLayout);
  rows.bind(file.row).bind(file.slack_row);
  return layout_of(rows);
}

Result<Layout> FileListing::unallocated() const {
  Statement rows(database_.get(), kUnallocated);
  return layout_of(rows);
}

}  // namespace resus::analysis
