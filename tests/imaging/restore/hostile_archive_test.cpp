// Every trick in every packing that the depot takes: tar plain, gzip, xz and zstd, and zip.
#include <gtest/gtest.h>

#include <array>
#include <sys/stat.h>

#include <filesystem>

#include "hw/linux/file_tree.hpp"
#include "hw/linux/sandbox.hpp"
#include "imaging/restore/malware_scan.hpp"
#include "imaging/restore/restore.hpp"
#include "tests/support/archive_builder.hpp"
#include "tests/support/fake_scanner.hpp"
#include "tests/support/loop_mount.hpp"

namespace resus::imaging {
namespace {

using hw::Code;
using test::ArchiveBuilder;
using test::feed_from;
using test::LoopMount;
using test::Packing;

struct Packed {
  const char* name;
  Packing packing;
  bool zip;
};

class HostileArchive : public testing::TestWithParam<Packed> {
 protected:
  static ArchiveBuilder builder() { return ArchiveBuilder(GetParam().packing, GetParam().zip); }

  /// What is left of 06755. A zip has its modes behind all files, where a reader of a stream cannot know them in
  /// time: libarchive gives 0664 instead.
  static std::uint32_t plain_mode() { return GetParam().zip ? 0664 : 0755; }

  static Result<BackupManifest> scan(const std::string& archive, const ArchiveLimits& limits = {}) {
    hw::LinuxSandbox sandbox;
    return scan_backup(sandbox, feed_from(archive), limits);
  }

  static Result<RestoreReport> restore(const std::string& archive, const BackupManifest& manifest, const LoopMount& mount) {
    hw::LinuxSandbox sandbox;
    hw::LinuxFileTrees trees;
    return restore_backup(sandbox, trees, {.restore_id = "h", .root = mount.path()}, manifest, feed_from(archive));
  }
};

/// Content that no packing makes smaller. The generator is fixed.
std::string noise(std::size_t size) {
  std::string text(size, '\0');
  std::uint32_t state = 4711;
  for (auto& c : text) c = static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
  return text;
}

std::vector<std::string> names_below(const std::string& root) {
  std::vector<std::string> names;
  for (const auto& item : std::filesystem::recursive_directory_iterator(root)) {
    auto name = item.path().lexically_relative(root).string();
    if (name != "lost+found") names.push_back(std::move(name));
  }
  std::ranges::sort(names);
  return names;
}

TEST_P(HostileArchive, KeepsNamesThatLeadOutsideOutOfTheManifest) {
  const auto manifest =
      scan(builder().file("/absolute").file("../up").file("a/../../up").file("..").file("good").finish());
  ASSERT_TRUE(manifest) << manifest.error().to_string();
  ASSERT_EQ(manifest.value().entries.size(), 1U);
  EXPECT_EQ(manifest.value().entries[0].path, "good");
  EXPECT_EQ(manifest.value().exclusions.size(), 4U);
}

TEST_P(HostileArchive, KeepsAFileBehindASymlinkOutOfTheManifest) {
  const auto manifest = scan(builder().symlink("out", "/etc").file("out/passwd").symlink("up", "..").file("up/up").finish());
  ASSERT_TRUE(manifest) << manifest.error().to_string();
  EXPECT_EQ(manifest.value().entries.size(), 2U);
  EXPECT_EQ(manifest.value().exclusions.size(), 2U);
}

TEST_P(HostileArchive, TakesAwaySetuidAndSetgid) {
  auto tricks = builder();
  archive_entry_set_perm(tricks.next(), 06755);
  const auto manifest = scan(tricks.file("su").finish());
  ASSERT_TRUE(manifest) << manifest.error().to_string();
  ASSERT_EQ(manifest.value().entries.size(), 1U);
  EXPECT_EQ(manifest.value().entries[0].mode, plain_mode());
}

TEST_P(HostileArchive, StopsAtABomb) {
  auto bomb = builder();
  const std::string zeros(1 << 20, '\0');
  for (int i = 0; i < 40; ++i) bomb.file("z" + std::to_string(i), zeros);
  const auto manifest = scan(bomb.finish(), {.content_bytes = 39 << 20});
  ASSERT_FALSE(manifest);
  EXPECT_EQ(manifest.error().code, Code::kArchiveLimit) << manifest.error().to_string();
}

TEST_P(HostileArchive, IsRefusedWhereverItIsCutOff) {
  const std::string whole = builder().file("a", noise(30'000)).file("b", noise(30'000)).finish();
  for (const std::size_t keep : {std::size_t{1}, whole.size() / 4, whole.size() / 2, whole.size() * 3 / 4}) {
    const auto manifest = scan(whole.substr(0, keep));
    ASSERT_FALSE(manifest) << keep;
    EXPECT_EQ(manifest.error().code, Code::kArchive) << manifest.error().to_string();
  }
}

// What no checksum of the archive covers is caught by the scan's own SHA-256 of every file and of the whole.
TEST_P(HostileArchive, PutsNothingInPlaceWhenItChangedAfterTheScan) {
  const auto mount = LoopMount::ext4();
  if (!mount) GTEST_SKIP() << "needs root and loop devices";
  const std::string whole = builder().file("a", noise(30'000)).finish();
  const auto manifest = scan(whole);
  ASSERT_TRUE(manifest) << manifest.error().to_string();
  for (const std::size_t place : {whole.size() / 3, whole.size() / 2, whole.size() - 600}) {
    std::string changed = whole;
    changed[place] = static_cast<char>(changed[place] ^ 1);
    EXPECT_FALSE(restore(changed, manifest.value(), *mount)) << place;
    EXPECT_TRUE(names_below(mount->path()).empty()) << place;
  }
}

TEST_P(HostileArchive, RestoresTheHarmlessRestAndNothingElse) {
  const auto mount = LoopMount::ext4();
  if (!mount) GTEST_SKIP() << "needs root and loop devices";
  auto tricks = builder();
  tricks.file("/absolute").file("../up").symlink("out", "/").file("out/escaped");
  archive_entry_set_perm(tricks.next(), 06755);
  const auto archive = tricks.file("tool").finish();
  const auto manifest = scan(archive);
  ASSERT_TRUE(manifest) << manifest.error().to_string();
  const auto report = restore(archive, manifest.value(), *mount);
  ASSERT_TRUE(report) << report.error().to_string();
  EXPECT_EQ(names_below(mount->path()), (std::vector<std::string>{"out", "tool"}));
  struct stat tool {};
  ASSERT_EQ(stat((mount->path() + "/tool").c_str(), &tool), 0);
  EXPECT_EQ(tool.st_mode & 07777U, plain_mode());
  EXPECT_FALSE(std::filesystem::exists("/escaped"));
}

TEST_P(HostileArchive, LeavesInfectedMembersOutAndCountsTheRest) {
  const auto mount = LoopMount::ext4();
  if (!mount) GTEST_SKIP() << "needs root and loop devices";
  const auto archive = builder().file("bad", "a WORM").file("good", "hello").finish();
  auto manifest = scan(archive);
  ASSERT_TRUE(manifest) << manifest.error().to_string();
  hw::LinuxSandbox sandbox;
  manifest = scan_for_malware(sandbox, test::FakeScanner(test::look_for_worm), feed_from(archive),
                              std::move(manifest).value(), "2026-01-01T00:00:00Z");
  ASSERT_TRUE(manifest) << manifest.error().to_string();
  const auto report = restore(archive, manifest.value(), *mount);
  ASSERT_TRUE(report) << report.error().to_string();
  EXPECT_EQ(names_below(mount->path()), std::vector<std::string>{"good"});
  EXPECT_EQ(report.value().entries_restored, 1U);
  ASSERT_EQ(report.value().exclusions.size(), 1U);
  EXPECT_EQ(report.value().exclusions[0].reason, "malware: Worm");
}

// A zip has no word for a device or a hard link: the packings of tar alone.
class HostileTar : public HostileArchive {};

TEST_P(HostileTar, KeepsDevicesAndForeignHardLinksOut) {
  const auto manifest = scan(builder().special("sda", AE_IFBLK).special("null", AE_IFCHR).special("pipe", AE_IFIFO)
                                 .hardlink("shadow", "/etc/shadow").hardlink("up", "../up").finish());
  ASSERT_TRUE(manifest) << manifest.error().to_string();
  EXPECT_TRUE(manifest.value().entries.empty());
  EXPECT_EQ(manifest.value().exclusions.size(), 5U);
}

constexpr auto kTars = std::array{Packed{"tar", Packing::kPlain, false}, Packed{"gzip", Packing::kGzip, false},
                                  Packed{"xz", Packing::kXz, false}, Packed{"zstd", Packing::kZstd, false}};
constexpr auto kZip = Packed{"zip", Packing::kPlain, true};
const auto kName = [](const auto& it) { return std::string(it.param.name); };

INSTANTIATE_TEST_SUITE_P(Tars, HostileArchive, testing::ValuesIn(kTars), kName);
INSTANTIATE_TEST_SUITE_P(Zip, HostileArchive, testing::Values(kZip), kName);
INSTANTIATE_TEST_SUITE_P(Tars, HostileTar, testing::ValuesIn(kTars), kName);

}  // namespace
}  // namespace resus::imaging
