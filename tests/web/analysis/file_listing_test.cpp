// The database that a tool wrote which may have been taken over.
#include "web/analysis/file_listing.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "tests/support/temporary_directory.hpp"

namespace resus::analysis {
namespace {

struct Case {
  test::TemporaryDirectory directory;
  std::string path = directory.file("files?#%41.db");  // every character that means something in a URI
  std::stop_source stop;
  void make(const char* sql) {
    sqlite3* opened = nullptr;
    ASSERT_EQ(sqlite3_open(path.c_str(), &opened), SQLITE_OK);
    const sqlite::Database owner(opened);
    ASSERT_TRUE(sqlite::execute(opened, sql));
  }
  Result<std::optional<ListedFile>> first() {
    RESUS_TRY(auto listing, FileListing::open(path, stop.get_token()));
    RESUS_TRY(listing.start(false));
    return listing.next();
  }
};
constexpr char kColumns[] =
    "obj_id INTEGER, fs_obj_id INTEGER, type INTEGER, parent_path TEXT, name TEXT, meta_addr INTEGER, attr_type INTEGER, attr_id INTEGER, size INTEGER,"
    "mtime INTEGER, ctime INTEGER, crtime INTEGER, mode INTEGER, uid INTEGER, gid INTEGER, meta_type INTEGER, dir_flags INTEGER";

TEST(FileListing, ReadsADatabaseWhateverItIsCalled) {
  Case one;
  one.make((std::string("CREATE TABLE tsk_files(") + kColumns + "); INSERT INTO tsk_files VALUES(7,1,0,'/dir/','worm.exe',42,1,0,99,1,2,3,4,5,6,1,1)").c_str());
  const auto file = one.first();
  ASSERT_TRUE(file) << file.error().to_string();
  EXPECT_EQ(file.value()->path, "/dir/worm.exe");
  EXPECT_EQ(file.value()->inode, 42u);
}

TEST(FileListing, IsNoWayToAnotherFile) {
  Case one;
  one.make("CREATE TABLE tsk_files(a)");
  const auto way = one.directory.file("way.db"), pipe = one.directory.file("pipe.db");
  std::filesystem::create_symlink(one.path, way);
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(FileListing::open(way, {}).error().code, hw::Code::kRead);
  EXPECT_EQ(FileListing::open(pipe, {}).error().code, hw::Code::kRead) << "and it does not wait for a writer";
  EXPECT_EQ(FileListing::open(one.directory.file("nothing"), {}).error().code, hw::Code::kRead);
}

TEST(FileListing, SaysThatWhatIsNoDatabaseIsNone) {
  Case one;
  std::ofstream(one.path) << std::string(5000, 'x');
  EXPECT_EQ(one.first().error().code, hw::Code::kRead);
}

TEST(FileListing, StopsAQueryThatWouldNeverEnd) {
  Case one;
  one.make("CREATE VIEW tsk_files AS WITH RECURSIVE endless(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM endless) SELECT n AS obj_id, 1 AS fs_obj_id, 0 AS type, "
            "'/' AS parent_path, 'x' AS name, 1 AS meta_addr, 1 AS attr_type, 0 AS attr_id, 1 AS size, 1 AS mtime, 1 AS ctime, 1 AS crtime, 1 AS mode, "
            "1 AS uid, 1 AS gid, 1 AS meta_type, n AS dir_flags FROM endless");
  one.stop.request_stop();
  EXPECT_EQ(one.first().error().code, hw::Code::kCancelled);
}

}  // namespace
}  // namespace resus::analysis
