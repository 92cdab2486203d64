#include "web/depot/backup_scan.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <fstream>

#include "hw/linux/file_system.hpp"
#include "hw/linux/sandbox.hpp"
#include "tests/support/archive_builder.hpp"
#include "tests/support/fake_scanner.hpp"
#include "tests/support/temporary_directory.hpp"

namespace resus::depot {
namespace {

using hw::Code;
using imaging::Look;
using imaging::Sample;
using test::FakeScanner;
using test::look_for_worm;

/// A shelf with one backup: "a" holds a worm, "b" does not.
class BackupScan : public testing::Test {
 protected:
  BackupScan() {
    std::ofstream(archive_) << test::ArchiveBuilder().file("a", "a WORM").file("b", "hello").finish();
  }

  ShelfTools tools(const imaging::MalwareScanner* scanner) { return {.sandbox = sandbox_, .key = key_, .scanners = {scanner, nullptr}, .now = "2026-01-01T00:00:00Z"}; }

  Result<BackupInfo> add(const imaging::MalwareScanner* scanner) { return shelf_.add({.source = archive_, .name = "ward"}, tools(scanner), [](const auto&, const auto&) { return hw::success(); }); }

  Result<RescanOutcome> again(FakeScanner::Looks look, const std::string& reason = {}) {
    const FakeScanner scanner(std::move(look));
    return scan_again(shelf_, {.backup = "ward", .actor = "anna", .reason = reason}, tools(&scanner), trusted_,
                      [this](const imaging::CustodyEvent& event) -> Result<void> {
                        if (custody_fails_) return hw::fail(Code::kSpace, "full");
                        lines_.push_back(event);
                        return hw::success();
                      });
  }
  [[nodiscard]] std::string verdict() { return std::string(to_string(verdict_of(shelf_.manifest("ward", trusted_).value()))); }

  static Look sees_nothing(const Sample&) { return {}; }
  static Look crashes(const Sample&) {
    std::raise(SIGABRT);
    return {};
  }

  test::TemporaryDirectory folder_;
  std::string archive_ = folder_.path() + "/ward.tar";
  hw::LinuxFileSystem files_;
  hw::LinuxSandbox sandbox_;
  imaging::SigningKey key_ = imaging::SigningKey::generate().value();
  std::vector<imaging::PublicKey> trusted_{key_.public_key()};
  BackupShelf shelf_{files_, folder_.path() + "/backups"};
  std::vector<imaging::CustodyEvent> lines_;
  bool custody_fails_ = false;
};

TEST_F(BackupScan, KeepsABackupWhoseScannerCrashedAsUnscanned) {
  const FakeScanner scanner(crashes);
  const auto added = add(&scanner);
  ASSERT_TRUE(added) << added.error().to_string();
  EXPECT_EQ(added.value().verdict, "unscanned");
  EXPECT_NE(added.value().scan_note.find("signal 6"), std::string::npos) << added.value().scan_note;
  EXPECT_EQ(shelf_.find("ward").value().scan_note, added.value().scan_note);
}

TEST_F(BackupScan, ThatBreaksDownLeavesTheFormerVerdict) {
  const FakeScanner scanner(look_for_worm);
  ASSERT_TRUE(add(&scanner));
  const auto broken = again(crashes, "no matter why");
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().code, Code::kProcess);
  EXPECT_EQ(verdict(), "infected");
  EXPECT_TRUE(lines_.empty());
}

TEST_F(BackupScan, ClearsNothingWithoutAReason) {
  const FakeScanner scanner(look_for_worm);
  ASSERT_TRUE(add(&scanner));
  EXPECT_EQ(again(sees_nothing, " \t").error().code, Code::kScanWeaker);
  EXPECT_EQ(verdict(), "infected");
}

TEST_F(BackupScan, ClearsNothingThatCannotBeWrittenIntoTheCustodyLog) {
  const FakeScanner scanner(look_for_worm);
  ASSERT_TRUE(add(&scanner));
  custody_fails_ = true;
  EXPECT_EQ(again(sees_nothing, "false alarm").error().code, Code::kSpace);
  EXPECT_EQ(verdict(), "infected");
}

TEST_F(BackupScan, NamesWhatItClearsInTheCustodyLog) {
  const FakeScanner scanner(look_for_worm);
  ASSERT_TRUE(add(&scanner));
  const auto cleared = again(sees_nothing, "false alarm");
  ASSERT_TRUE(cleared) << cleared.error().to_string();
  EXPECT_EQ(cleared.value().cleared, std::vector<std::string>{"a"});
  EXPECT_EQ(verdict(), "clean");
  ASSERT_EQ(lines_.size(), 1U);
  EXPECT_EQ(lines_[0].action, "backup.cleared");
  EXPECT_NE(lines_[0].details.find("\"cleared_paths\":[\"a\"]"), std::string::npos) << lines_[0].details;
}

TEST_F(BackupScan, SignsWithTheNewKeyWhatTheFormerOneSigned) {
  const FakeScanner scanner(look_for_worm);
  ASSERT_TRUE(add(&scanner));
  key_ = imaging::SigningKey::generate().value();
  trusted_.push_back(key_.public_key());
  ASSERT_TRUE(again(look_for_worm));
  trusted_ = {key_.public_key()};
  EXPECT_EQ(verdict(), "infected");
}

TEST_F(BackupScan, ReadsAListEntryFromBeforeThereWereScans) {
  const auto added = add(nullptr);
  ASSERT_TRUE(added);
  const auto path = folder_.path() + "/backups/" + added.value().id + "/info.json";
  ASSERT_TRUE(files_.replace(path, "{\"id\":\"" + added.value().id +
                                       "\",\"name\":\"ward\",\"format\":\"tar\",\"bytes\":1,\"files\":2,\"exclusions\":0,\"created_at\":\"t\","
                                       "\"malware_scan\":\"unscanned\",\"partition\":0,\"directory\":\"/\"}"));
  EXPECT_EQ(shelf_.find("ward").value().verdict, "unscanned");
}

}  // namespace
}  // namespace resus::depot
