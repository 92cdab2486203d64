#include "imaging/restore/restore.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "hw/linux/file_tree.hpp"
#include "hw/linux/sandbox.hpp"
#include "tests/support/archive_builder.hpp"
#include "tests/support/loop_mount.hpp"

namespace resus::imaging {
namespace {

using hw::Code;
using test::ArchiveBuilder;
using test::feed_from;
using test::LoopMount;

std::string slurp(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

void spit(const std::string& path, const std::string& content) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream(path, std::ios::binary) << content;
}

BackupManifest scanned(const std::string& archive) {
  hw::LinuxSandbox sandbox;
  auto manifest = scan_backup(sandbox, feed_from(archive));
  if (!manifest) ADD_FAILURE() << manifest.error().to_string();
  return manifest ? std::move(manifest).value() : BackupManifest();
}

Result<RestoreReport> restore(const std::string& archive, const BackupManifest& manifest, const RestoreRequest& request,
                              const RestoreWatch& watch = {}) {
  hw::LinuxSandbox sandbox;
  hw::LinuxFileTrees trees;
  return restore_backup(sandbox, trees, request, manifest, feed_from(archive), watch);
}

bool staging_left(const std::string& root) {
  for (const auto& item : std::filesystem::directory_iterator(root)) {
    if (item.path().filename().string().starts_with(".resus-")) return true;
  }
  return false;
}

std::string sample_archive(test::Packing packing = test::Packing::kZstd) {
  ArchiveBuilder builder(packing);
  builder.directory("home").directory("home/alice");
  archive_entry_set_uid(builder.next(), 1000);
  archive_entry_set_gid(builder.next(), 1001);
  archive_entry_set_perm(builder.next(), 0640);
  archive_entry_xattr_add_entry(builder.next(), "user.note", "kept", 4);
  archive_entry_acl_add_entry(builder.next(), ARCHIVE_ENTRY_ACL_TYPE_ACCESS, 6, ARCHIVE_ENTRY_ACL_USER, 1234, "");
  archive_entry_acl_add_entry(builder.next(), ARCHIVE_ENTRY_ACL_TYPE_ACCESS, 6, ARCHIVE_ENTRY_ACL_MASK, -1, "");
  builder.file("home/alice/letter.txt", "Dear Bob");
  builder.hardlink("home/alice/copy.txt", "home/alice/letter.txt").symlink("home/alice/etc", "/etc");
  archive_entry_sparse_add_entry(builder.next(), 1 << 20, 4);
  builder.file("home/alice/sparse", std::string(1 << 20, '\0') + "tail");
  for (int i = 0; i < 20; ++i) builder.file("home/many/f" + std::to_string(i), std::string(1000, char('a' + i)));
  return builder.finish();
}

class RestoreOnExt4 : public testing::Test {
 protected:
  void SetUp() override {
    mount_ = LoopMount::ext4();
    if (!mount_) GTEST_SKIP() << "needs root and loop devices";
  }
  RestoreRequest request() const { return {.restore_id = "b1", .root = mount_->path()}; }
  std::string at(const std::string& path) const { return mount_->path() + "/" + path; }
  std::unique_ptr<LoopMount> mount_;
};

TEST_F(RestoreOnExt4, BringsBackContentAndMetadata) {
  const auto archive = sample_archive();
  const auto report = restore(archive, scanned(archive), request());
  ASSERT_TRUE(report) << report.error().to_string();
  EXPECT_EQ(report.value().entries_restored, 26U);
  EXPECT_EQ(slurp(at("home/alice/letter.txt")), "Dear Bob");
  struct stat letter {}, copy {}, sparse {};
  ASSERT_EQ(stat(at("home/alice/letter.txt").c_str(), &letter), 0);
  ASSERT_EQ(stat(at("home/alice/copy.txt").c_str(), &copy), 0);
  ASSERT_EQ(stat(at("home/alice/sparse").c_str(), &sparse), 0);
  EXPECT_EQ(letter.st_uid, 1000U);
  EXPECT_EQ(letter.st_gid, 1001U);
  EXPECT_EQ(letter.st_mtim.tv_nsec, 123'456'700);
  EXPECT_EQ(letter.st_ino, copy.st_ino);
  EXPECT_EQ(sparse.st_size, (1 << 20) + 4);
  EXPECT_LT(sparse.st_blocks, 64);
  char value[16] = {};
  EXPECT_EQ(getxattr(at("home/alice/letter.txt").c_str(), "user.note", value, sizeof value), 4);
  EXPECT_GT(getxattr(at("home/alice/letter.txt").c_str(), "system.posix_acl_access", nullptr, 0), 0);
  EXPECT_EQ(std::filesystem::read_symlink(at("home/alice/etc")), "/etc");
  EXPECT_FALSE(staging_left(mount_->path()));
}

TEST_F(RestoreOnExt4, MergesWithWhatIsThere) {
  spit(at("data/home/alice/letter.txt"), "old");
  spit(at("data/home/alice/other.txt"), "stays");
  const auto archive = sample_archive();
  auto wanted = request();
  wanted.directory = "data";
  const auto report = restore(archive, scanned(archive), wanted);
  ASSERT_TRUE(report) << report.error().to_string();
  EXPECT_EQ(slurp(at("data/home/alice/letter.txt")), "Dear Bob");
  EXPECT_EQ(slurp(at("data/home/alice/other.txt")), "stays");
  struct stat directory {};
  ASSERT_EQ(stat(at("data/home/alice").c_str(), &directory), 0);
  EXPECT_EQ(directory.st_mtim.tv_sec, 1'700'000'000);
}

TEST_F(RestoreOnExt4, EndsTheSameAfterAStopAtAnyPoint) {
  const auto archive = sample_archive();
  const auto manifest = scanned(archive);
  spit(at("home/alice/other.txt"), "stays");
  for (int stop_at = 1; stop_at < 70; stop_at += 6) {
    int calls = 0;
    const auto stopped = restore(archive, manifest, request(), [&](const auto&) { return ++calls < stop_at; });
    if (!stopped) {
      EXPECT_EQ(stopped.error().code, Code::kCancelled) << stopped.error().to_string();
    }
    const auto report = restore(archive, manifest, request());
    ASSERT_TRUE(report) << report.error().to_string();
    EXPECT_EQ(slurp(at("home/alice/letter.txt")), "Dear Bob");
    EXPECT_EQ(slurp(at("home/many/f19")), std::string(1000, 't'));
    EXPECT_EQ(slurp(at("home/alice/other.txt")), "stays");
    EXPECT_FALSE(staging_left(mount_->path()));
  }
}

TEST_F(RestoreOnExt4, PutsNothingInPlaceWhenAByteOfTheArchiveChanged) {
  auto archive = sample_archive(test::Packing::kPlain);
  const auto manifest = scanned(archive);
  const auto place = archive.find("Dear Bob");
  archive[place] = 'd';
  const auto report = restore(archive, manifest, request());
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Code::kRestoreVerify);
  EXPECT_FALSE(std::filesystem::exists(at("home")));
  EXPECT_FALSE(staging_left(mount_->path()));
}

TEST_F(RestoreOnExt4, PutsNothingInPlaceWhenTheDiskChangedAByte) {
  const auto archive = sample_archive();
  auto wanted = request();
  wanted.drop_device_cache = [&]() -> Result<void> {
    spit(at(".resus-staging-b1/home/alice/letter.txt"), "Dear Eve");
    return hw::success();
  };
  const auto report = restore(archive, scanned(archive), wanted);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Code::kRestoreVerify);
  EXPECT_FALSE(std::filesystem::exists(at("home")));
}

/// Whoever reads the archive may be taken over by it: the last child to end says another count.
class LyingSandbox final : public hw::Sandbox {
 public:
  explicit LyingSandbox(std::string count) : count_(std::move(count)) {}
  Result<int> run(const hw::SandboxPolicy& policy, const hw::SandboxTalk& talk, const std::function<int(hw::SandboxChild&)>& work) override {
    const bool verifies = ++runs_ == 2;  // the first unpacks
    const hw::SandboxTalk lies{.feed = talk.feed, .heard = [&](std::string_view message) {
      return talk.heard(verifies && message.starts_with('D') ? "D" + count_ : std::string(message));
    }};
    return honest_.run(policy, lies, work);
  }

 private:
  hw::LinuxSandbox honest_;
  const std::string count_;
  int runs_ = 0;
};

TEST_F(RestoreOnExt4, BelievesNoCountThatIsNotTheManifests) {
  const auto archive = sample_archive();
  const auto manifest = scanned(archive);
  hw::LinuxFileTrees trees;
  for (const char* count : {"25", "27", "0", "many"}) {
    LyingSandbox sandbox(count);
    EXPECT_FALSE(restore_backup(sandbox, trees, request(), manifest, feed_from(archive))) << count;
    EXPECT_FALSE(std::filesystem::exists(at("home"))) << count;
    EXPECT_FALSE(staging_left(mount_->path())) << count;
  }
  LyingSandbox truth("26");
  EXPECT_TRUE(restore_backup(truth, trees, request(), manifest, feed_from(archive)));
}

TEST_F(RestoreOnExt4, NoticesAFileThatTheManifestDoesNotKnow) {
  const auto archive = sample_archive();
  auto wanted = request();
  wanted.drop_device_cache = [&]() -> Result<void> {
    spit(at(".resus-staging-b1/home/alice/.profile"), "evil");
    return hw::success();
  };
  EXPECT_EQ(restore(archive, scanned(archive), wanted).error().code, Code::kRestoreVerify);
}

TEST_F(RestoreOnExt4, DoesNotFollowASymlinkOfTheTarget) {
  std::filesystem::create_directory(at("elsewhere"));
  std::filesystem::create_directory_symlink("elsewhere", at("home"));
  const auto archive = sample_archive();
  EXPECT_EQ(restore(archive, scanned(archive), request()).error().code, Code::kConflict);
  EXPECT_TRUE(std::filesystem::is_empty(at("elsewhere")));
}

TEST_F(RestoreOnExt4, RestoresAroundHostileEntries) {
  ArchiveBuilder builder;
  archive_entry_set_perm(builder.next(), 06755);
  builder.file("tool").symlink("d", "/").file("d/escaped").file("../up").special("null", AE_IFCHR);
  const auto archive = builder.finish();
  const auto report = restore(archive, scanned(archive), request());
  ASSERT_TRUE(report) << report.error().to_string();
  EXPECT_EQ(report.value().entries_restored, 2U);
  EXPECT_EQ(report.value().exclusions.size(), 4U);
  struct stat tool {};
  ASSERT_EQ(stat(at("tool").c_str(), &tool), 0);
  EXPECT_EQ(tool.st_mode & 07777U, 0755U);
  EXPECT_FALSE(std::filesystem::exists("/escaped"));
}

TEST_F(RestoreOnExt4, GivesFilesToTheOwnerOfThatNameHere) {
  spit(at("etc/passwd"), "root:x:0:0::/:/bin/sh\nalice:x:4242:4242::/home/alice:/bin/sh\n");
  ArchiveBuilder builder;
  archive_entry_set_uid(builder.next(), 1000);
  archive_entry_copy_uname(builder.next(), "alice");
  const auto archive = builder.file("letter").finish();
  auto wanted = request();
  wanted.owners = OwnerPolicy::kByName;
  const auto report = restore(archive, scanned(archive), wanted);
  ASSERT_TRUE(report) << report.error().to_string();
  struct stat letter {};
  ASSERT_EQ(stat(at("letter").c_str(), &letter), 0);
  EXPECT_EQ(letter.st_uid, 4242U);
}

TEST_F(RestoreOnExt4, SaysThatTheDiskIsFull) {
  ArchiveBuilder builder(test::Packing::kZstd);
  std::string content(1 << 20, '\0');
  for (std::size_t i = 0; i < content.size(); ++i) content[i] = static_cast<char>((i * 2654435761U) >> 24);
  for (int i = 0; i < 40; ++i) builder.file("f" + std::to_string(i), content);
  const auto archive = builder.finish();
  const auto report = restore(archive, scanned(archive), request());
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Code::kSpace) << report.error().to_string();
  EXPECT_FALSE(staging_left(mount_->path()));
}

TEST_F(RestoreOnExt4, RestoresAZip) {
  const auto archive = ArchiveBuilder(test::Packing::kPlain, true).file("a/b.txt", "zipped").finish();
  const auto report = restore(archive, scanned(archive), request());
  ASSERT_TRUE(report) << report.error().to_string();
  EXPECT_EQ(slurp(at("a/b.txt")), "zipped");
}

TEST(RestoreOnNtfs, BringsBackNamesContentAttributesAndTimes) {
  const auto mount = LoopMount::ntfs();
  if (!mount) GTEST_SKIP() << "needs root, ntfs-3g and /dev/fuse";
  ArchiveBuilder builder;
  builder.directory("Users");
  archive_entry_xattr_add_entry(builder.next(), "user.Zone.Identifier", "[ZoneTransfer]", 14);
  builder.file("Users/o\xcc\x88.txt", "NFD").file("Users/\xc3\xb6.txt", "NFC").hardlink("Users/link", "Users/\xc3\xb6.txt");
  builder.file("Users/CON").file("Users/a:b").file("users/case");
  const auto archive = builder.finish();
  std::filesystem::create_directory(mount->path() + "/USERS");
  const auto report = restore(archive, scanned(archive),
                              {.restore_id = "n", .root = mount->path(), .kind = TargetKind::kNtfs});
  ASSERT_TRUE(report) << report.error().to_string();
  EXPECT_EQ(report.value().entries_restored, 4U);
  EXPECT_EQ(report.value().exclusions.size(), 3U);
  EXPECT_EQ(slurp(mount->path() + "/USERS/o\xcc\x88.txt"), "NFD");
  EXPECT_EQ(slurp(mount->path() + "/USERS/link"), "NFC");
  EXPECT_FALSE(std::filesystem::exists(mount->path() + "/Users"));
}

}  // namespace
}  // namespace resus::imaging
