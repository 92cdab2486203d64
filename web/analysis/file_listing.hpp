#pragma once
// The files of one file system as `tsk_loaddb` wrote them into an SQLite database.
#include <chrono>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "imaging/evidence_reader.hpp"
#include "web/sqlite/sqlite.hpp"

namespace resus::analysis {

using hw::Result;

/// One name (or stream of one) in a folder.
struct ListedFile {
  std::string path;  ///< from the file system's root, "/dir/name"; streams as "/dir/name:stream"
  std::uint64_t inode = 0;
  std::uint64_t attribute_type = 0, attribute_id = 0;
  std::uint64_t size_bytes = 0;
  std::int64_t modified = 0, changed = 0, created = 0;  ///< seconds since 1970, 0 where there is none
  std::uint64_t mode = 0, uid = 0, gid = 0;
  std::uint64_t type = 0;  ///< TSK_FS_META_TYPE_ENUM: 1 regular, 2 folder, 6 link
  std::int64_t row = 0, slack_row = 0;
  [[nodiscard]] bool folder() const;
};

/// Bytes of the file system, from its beginning.
using Layout = std::vector<imaging::ByteRange>;

/// The program that wrote the database read a hostile disk: it is opened as SQLite's makers advise for files of strangers,
/// and no query lasts longer than an hour.
/// Source: Sleuthkit 4.11, tsk/auto/db_sqlite.cpp and its schema 8.6; sqlite.org/security.html. Threads: one.
class FileListing {
 public:
  /// Everything fails when `stop` is asked for. Errors: kRead when it is no such database.
  [[nodiscard]] static Result<FileListing> open(const std::string& database, std::stop_token stop);

  /// Files whose names are in use (or, with `deleted`, that are not any more), by path as bytes. Nothing at the end.
  [[nodiscard]] Result<void> start(bool deleted);
  [[nodiscard]] Result<std::optional<ListedFile>> next();
  /// Where the content lies, the rest of its last cluster included. Empty for content kept in the inode.
  [[nodiscard]] Result<Layout> layout(const ListedFile& file) const;
  /// What belongs to no file, ascending.
  [[nodiscard]] Result<Layout> unallocated() const;

 private:
  /// Looked at by SQLite now and then.
  struct Patience {
    std::stop_token stop;
    std::chrono::steady_clock::time_point end;
  };
  FileListing(sqlite::Database database, std::stop_token stop);
  void begin_query() const;
  [[nodiscard]] hw::Error failed(hw::Error error) const;
  [[nodiscard]] Result<Layout> layout_of(sqlite::Statement& rows) const;
  std::unique_ptr<Patience> patience_;  ///< before the database, which refers to it
  sqlite::Database database_;
  std::unique_ptr<sqlite::Statement> files_;
};

}  // namespace resus::analysis
