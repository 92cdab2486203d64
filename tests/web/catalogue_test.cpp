// The Catalogue contract, kept by SQLite in a file, and what is SQLite's own to promise: power cuts, full disks, damage.
#include "tests/web/catalogue_contract.hpp"

#include <sqlite3.h>
#include <sys/mount.h>

#include <filesystem>
#include <fstream>

#include "tests/support/temporary_directory.hpp"

namespace resus::test {
namespace {

using depot::open_sqlite_catalogue;

/// The depot is stopped and started.
class ReopenedFile {
 public:
  depot::Catalogue& catalogue() { return *catalogue_; }
  void reopen() {
    catalogue_.reset();
    catalogue_ = open_sqlite_catalogue(folder_.file("c.db")).value();
  }

 private:
  TemporaryDirectory folder_;
  std::unique_ptr<depot::Catalogue> catalogue_ = open_sqlite_catalogue(folder_.file("c.db")).value();
};

/// The depot dies: the next one finds the files as they are while the former still has them open.
class AbandonedFile {
 public:
  depot::Catalogue& catalogue() { return *catalogues_.back(); }
  void reopen() {
    const auto next = folder_.file(std::to_string(catalogues_.size()));
    std::filesystem::create_directory(next);
    for (const char* name : {"c.db", "c.db-wal"}) {
      if (std::filesystem::exists(at_ + "/" + name)) std::filesystem::copy_file(at_ + "/" + name, next + "/" + name);
    }
    at_ = next;
    catalogues_.push_back(open_sqlite_catalogue(at_ + "/c.db").value());
  }

 private:
  TemporaryDirectory folder_;
  std::string at_ = folder_.path();
  std::vector<std::unique_ptr<depot::Catalogue>> catalogues_ = first(at_);
  static std::vector<std::unique_ptr<depot::Catalogue>> first(const std::string& folder) {
    std::vector<std::unique_ptr<depot::Catalogue>> all;
    all.push_back(open_sqlite_catalogue(folder + "/c.db").value());
    return all;
  }
};

INSTANTIATE_TYPED_TEST_SUITE_P(Stopped, CatalogueContract, ReopenedFile);
INSTANTIATE_TYPED_TEST_SUITE_P(Killed, CatalogueContract, AbandonedFile);

/// Says something to the file past the catalogue.
void execute(const std::string& path, const char* sql) {
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &database), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(database, sql, nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(database);
  sqlite3_close(database);
}

TEST(SqliteCatalogue, RefusesAFileOfANewerVersionAndLeavesItAlone) {
  const TemporaryDirectory folder;
  ASSERT_TRUE(open_sqlite_catalogue(folder.file("c.db")));
  execute(folder.file("c.db"), "PRAGMA user_version=99");
  for (int again = 0; again < 2; ++again) {
    const auto opened = open_sqlite_catalogue(folder.file("c.db"));
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, hw::Code::kConflict);
  }
}

TEST(SqliteCatalogue, BringsAnOlderFileUpToDate) {
  const TemporaryDirectory folder;
  ASSERT_TRUE(open_sqlite_catalogue(folder.file("c.db")).value()->save(machine_record("m-AAAAAA"), {}, {}));
  execute(folder.file("c.db"), "DROP TABLE stages; DROP TABLE set_aside; DROP TABLE jobs; PRAGMA user_version=1");
  const auto catalogue = open_sqlite_catalogue(folder.file("c.db")).value();
  EXPECT_EQ(catalogue->machines().value().records.size(), 1u);
  EXPECT_TRUE(catalogue->finished_stages(1).value().empty());
  EXPECT_TRUE(catalogue->jobs().value().empty());
}

TEST(SqliteCatalogue, SavesAllOfAChangeOrNothing) {
  const TemporaryDirectory folder;
  const auto catalogue = open_sqlite_catalogue(folder.file("c.db")).value();
  execute(folder.file("c.db"), "CREATE TRIGGER refuse BEFORE INSERT ON stages BEGIN SELECT RAISE(ABORT,'refused'); END");
  const auto saved = catalogue->save(machine_record("m-AAAAAA"), {timeline_entry(1, "line")}, {depot::FinishedStage{.machine_id = "m-AAAAAA"}});
  ASSERT_FALSE(saved);
  EXPECT_EQ(saved.error().code, hw::Code::kWrite);
  EXPECT_TRUE(catalogue->machines().value().records.empty());
  EXPECT_TRUE(catalogue->recent(1).value().empty());
  EXPECT_TRUE(catalogue->save(machine_record("m-AAAAAA"), {timeline_entry(1, "line")}, {}));
}

TEST(SqliteCatalogue, WhatIsNoCatalogueCannotBeRead) {
  const TemporaryDirectory folder;
  std::ofstream(folder.file("c.db")) << std::string(8192, 'x');
  const auto opened = open_sqlite_catalogue(folder.file("c.db"));
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, hw::Code::kRead);
  EXPECT_EQ(open_sqlite_catalogue(folder.file("no/such/folder/c.db")).error().code, hw::Code::kRead);
}

TEST(SqliteCatalogue, ForgetsTheOldestRepliesBeyondTheMost) {
  const auto catalogue = open_sqlite_catalogue(":memory:").value();  // ten thousand syncs of a real disk take a minute
  constexpr auto kMost = depot::Catalogue::kMostReplies;
  for (std::size_t i = 0; i < kMost + 2; ++i) {
    ASSERT_TRUE(catalogue->remember_reply("key " + std::to_string(i), {"print", 202, ""}));
  }
  EXPECT_FALSE(catalogue->find_reply("key 1").value());
  EXPECT_TRUE(catalogue->find_reply("key 2").value());
  EXPECT_TRUE(catalogue->find_reply("key " + std::to_string(kMost + 1)).value());
}

/// A file system of 32 MiB, gone with the test. It needs no loop device, which tests side by side would fight for.
class SmallDisk {
 public:
  SmallDisk() : mounted_(::mount("tmpfs", folder_.path().c_str(), "tmpfs", MS_NOSUID | MS_NODEV, "size=32m") == 0) {}
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  ~SmallDisk() {
    if (mounted_) ::umount2(folder_.path().c_str(), MNT_DETACH);
  }
  [[nodiscard]] bool mounted() const { return mounted_; }
  [[nodiscard]] const std::string& path() const { return folder_.path(); }

 private:
  TemporaryDirectory folder_;
  bool mounted_;
};

TEST(SqliteCatalogue, AFullDiskLosesNothingThatWasSavedAndGoesOnWhenThereIsRoom) {
  const SmallDisk disk;
  if (!disk.mounted()) GTEST_SKIP() << "needs root";
  const auto catalogue = open_sqlite_catalogue(disk.path() + "/c.db").value();
  ASSERT_TRUE(catalogue->put_setting("before", "1"));
  std::ofstream(disk.path() + "/filler") << std::string(26 << 20, 'x') << std::flush;
  const std::string large(1 << 20, 'y');
  hw::Result<void> put = hw::success();
  int kept = 0;
  for (; put && kept < 64; kept += put.has_value()) put = catalogue->put_batch("b-" + std::to_string(kept), large);
  ASSERT_FALSE(put);
  EXPECT_EQ(put.error().code, hw::Code::kSpace);
  EXPECT_FALSE(put.error().permanent);
  std::filesystem::remove(disk.path() + "/filler");
  EXPECT_TRUE(catalogue->put_batch("b-" + std::to_string(kept), large));
  EXPECT_EQ(catalogue->find_setting("before").value(), "1");
  for (int i = 0; i <= kept; ++i) EXPECT_EQ(catalogue->find_batch("b-" + std::to_string(i)).value(), large);
}

}  // namespace
}  // namespace resus::test
