#include "imaging/restore/scan.hpp"

#include <gtest/gtest.h>

#include "hw/linux/sandbox.hpp"
#include "tests/support/archive_builder.hpp"

namespace resus::imaging {
namespace {

using hw::Code;
using test::ArchiveBuilder;
using test::feed_from;
using test::Packing;

Result<BackupManifest> scan(std::string archive, const ArchiveLimits& limits = {}) {
  hw::LinuxSandbox sandbox;
  return scan_backup(sandbox, feed_from(std::move(archive)), limits);
}

BackupManifest scanned(std::string archive) {
  auto manifest = scan(std::move(archive));
  if (!manifest) {
    ADD_FAILURE() << manifest.error().to_string();
    return {};
  }
  return std::move(manifest).value();
}

std::string only_reason(const BackupManifest& manifest) {
  return manifest.exclusions.size() == 1 ? manifest.exclusions[0].reason : "";
}

std::string noise(std::size_t size) {
  std::string text(size, '\0');
  std::uint32_t state = 12345;
  for (auto& c : text) c = static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
  return text;
}

class ScanPacked : public testing::TestWithParam<std::pair<Packing, const char*>> {};

TEST_P(ScanPacked, ListsWhatIsInATar) {
  const auto manifest =
      scanned(ArchiveBuilder(GetParam().first).directory("home").file("home/a.txt", "hello").finish());
  ASSERT_EQ(manifest.entries.size(), 2U);
  EXPECT_EQ(manifest.filter, GetParam().second);
  EXPECT_EQ(manifest.format, "tar");
  EXPECT_EQ(manifest.entries[1].path, "home/a.txt");
  EXPECT_EQ(to_hex(manifest.entries[1].sha256), "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
  EXPECT_EQ(verdict_of(manifest), Verdict::kUnscanned);
}

TEST_P(ScanPacked, RefusesAnArchiveThatIsCutOff) {
  const std::string whole = ArchiveBuilder(GetParam().first).file("a", noise(50'000)).finish();
  for (const std::size_t keep : {whole.size() - 1, whole.size() / 2, whole.size() - 1024}) {
    const auto manifest = scan(whole.substr(0, keep));
    ASSERT_FALSE(manifest) << keep;
    EXPECT_EQ(manifest.error().code, Code::kArchive) << manifest.error().to_string();
  }
}

INSTANTIATE_TEST_SUITE_P(Filters, ScanPacked,
                         testing::Values(std::pair{Packing::kPlain, "none"}, std::pair{Packing::kGzip, "gzip"},
                                         std::pair{Packing::kXz, "xz"}, std::pair{Packing::kZstd, "zstd"}),
                         [](const auto& it) { return std::string(it.param.second); });

// Not for zstd: libarchive's writer gives its frames no checksum.
TEST(Scan, NoticesAFlippedByteThatOnlyAChecksumShows) {
  for (const auto packing : {Packing::kGzip, Packing::kXz}) {
    std::string whole = ArchiveBuilder(packing).file("a", noise(50'000)).finish();
    whole[whole.size() / 2] = static_cast<char>(whole[whole.size() / 2] ^ 1);
    const auto manifest = scan(whole);
    ASSERT_FALSE(manifest);
    EXPECT_EQ(manifest.error().code, Code::kArchive);
    EXPECT_NE(manifest.error().context.find("byte"), std::string::npos);
  }
}

TEST(Scan, ReadsAZip) {
  const auto manifest = scanned(ArchiveBuilder(Packing::kPlain, true).file("b\xc3\xb6.txt", "hello").finish());
  ASSERT_EQ(manifest.entries.size(), 1U);
  EXPECT_EQ(manifest.format, "zip");
  EXPECT_EQ(manifest.entries[0].path, "b\xc3\xb6.txt");
  EXPECT_EQ(manifest.entries[0].size_bytes, 5U);
}

TEST(Scan, RefusesACutOffZip) {
  const std::string whole = ArchiveBuilder(Packing::kPlain, true).file("a", noise(5000)).finish();
  EXPECT_EQ(scan(whole.substr(0, whole.size() / 2)).error().code, Code::kArchive);
}

TEST(Scan, ExcludesAnAbsolutePath) {
  EXPECT_EQ(only_reason(scanned(ArchiveBuilder().file("/etc/passwd").finish())), "absolute path");
}

TEST(Scan, ExcludesAPathThatClimbs) {
  const auto manifest = scanned(ArchiveBuilder().file("a/../../etc/passwd").finish());
  EXPECT_TRUE(manifest.entries.empty());
  EXPECT_EQ(manifest.exclusions.size(), 1U);
}

TEST(Scan, ExcludesAFileBehindASymlinkOfTheArchive) {
  const auto manifest = scanned(ArchiveBuilder().symlink("d", "/etc").file("d/passwd").finish());
  EXPECT_EQ(manifest.entries.size(), 1U);
  EXPECT_EQ(only_reason(manifest), "the path leads through a symbolic link of the archive");
}

TEST(Scan, ExcludesAHardLinkToTheOutside) {
  for (const char* target : {"/etc/shadow", "../shadow", "missing"}) {
    const auto manifest = scanned(ArchiveBuilder().hardlink("h", target).finish());
    EXPECT_EQ(only_reason(manifest), "a hard link to something that is not a file of this archive") << target;
  }
}

TEST(Scan, ExcludesDevicesAndPipes) {
  const auto manifest = scanned(ArchiveBuilder().special("sda", AE_IFBLK).special("pipe", AE_IFIFO).finish());
  EXPECT_TRUE(manifest.entries.empty());
  EXPECT_EQ(manifest.exclusions.size(), 2U);
}

TEST(Scan, TakesAwaySetuidButKeepsTheFile) {
  ArchiveBuilder builder;
  archive_entry_set_perm(builder.next(), 06755);
  const auto manifest = scanned(builder.file("su").finish());
  ASSERT_EQ(manifest.entries.size(), 1U);
  EXPECT_EQ(manifest.entries[0].mode, 0755U);
  ASSERT_EQ(manifest.exclusions.size(), 1U);
  EXPECT_FALSE(manifest.exclusions[0].whole);
}

TEST(Scan, TakesAwayPrivilegedAttributes) {
  ArchiveBuilder builder;
  archive_entry_xattr_add_entry(builder.next(), "security.capability", "x", 1);
  archive_entry_xattr_add_entry(builder.next(), "user.note", "y", 1);
  const auto manifest = scanned(builder.file("f").finish());
  ASSERT_EQ(manifest.entries.size(), 1U);
  ASSERT_EQ(manifest.entries[0].attributes.size(), 1U);
  EXPECT_EQ(manifest.entries[0].attributes[0].name, "user.note");
  EXPECT_FALSE(manifest.exclusions.empty());
}

TEST(Scan, KeepsNamesByteForByte) {
  const std::string decomposed = "o\xcc\x88", composed = "\xc3\xb6", broken = "\xff\xfe";
  const auto manifest = scanned(ArchiveBuilder().file(decomposed).file(composed).file(broken).finish());
  ASSERT_EQ(manifest.entries.size(), 3U);
  EXPECT_EQ(manifest.entries[0].path, decomposed);
  EXPECT_EQ(manifest.entries[1].path, composed);
  EXPECT_EQ(manifest.entries[2].path, broken);
}

TEST(Scan, TakesTheLastOfTwoFilesOfOneName) {
  const auto manifest = scanned(ArchiveBuilder().file("a", "old").file("a", "newer").finish());
  ASSERT_EQ(manifest.entries.size(), 1U);
  EXPECT_EQ(manifest.entries[0].size_bytes, 5U);
  EXPECT_EQ(only_reason(manifest), "a later entry of the archive has the same name");
}

TEST(Scan, StopsAtABombByRatio) {
  ArchiveBuilder builder(Packing::kZstd);
  const std::string zeros(1 << 20, '\0');
  for (int i = 0; i < 100; ++i) builder.file("z" + std::to_string(i), zeros);
  EXPECT_EQ(scan(builder.finish()).error().code, Code::kArchiveLimit);
}

TEST(Scan, StopsAtTooManyEntries) {
  ArchiveBuilder builder;
  for (int i = 0; i < 50; ++i) builder.file(std::to_string(i), "");
  EXPECT_EQ(scan(builder.finish(), {.entries = 49}).error().code, Code::kArchiveLimit);
}

TEST(Scan, StopsAtTooMuchContentBeforeReadingIt) {
  ArchiveBuilder builder;
  EXPECT_EQ(scan(builder.file("a", noise(5000)).finish(), {.content_bytes = 4999}).error().code, Code::kArchiveLimit);
}

TEST(Scan, RefusesWhatFollowsTheEndMark) {
  std::string archive = ArchiveBuilder().file("a").finish();
  EXPECT_EQ(scan(archive + ArchiveBuilder().file("hidden").finish()).error().code, Code::kArchive);
  EXPECT_TRUE(scan(archive + std::string(10'240, '\0')).has_value());
}

TEST(Scan, TakesAnAccessListStoredTwiceForOne) {
  ArchiveBuilder builder;
  archive_entry_acl_add_entry(builder.next(), ARCHIVE_ENTRY_ACL_TYPE_ACCESS, 6, ARCHIVE_ENTRY_ACL_USER, 1234, "");
  archive_entry_acl_add_entry(builder.next(), ARCHIVE_ENTRY_ACL_TYPE_ACCESS, 6, ARCHIVE_ENTRY_ACL_MASK, -1, "");
  archive_entry_xattr_add_entry(builder.next(), "system.posix_acl_access", "x", 1);
  builder.file("listed");
  archive_entry_xattr_add_entry(builder.next(), "system.posix_acl_access", "x", 1);
  const auto manifest = scanned(builder.file("attribute alone").finish());
  EXPECT_EQ(manifest.entries[0].acl, "a:mask::6 a:user:1234:6");
  ASSERT_EQ(manifest.exclusions.size(), 1u);
  EXPECT_EQ(manifest.exclusions[0].path, "attribute alone");
}

TEST(Scan, RefusesWhatIsNoArchive) {
  EXPECT_EQ(scan("").error().code, Code::kArchive);
  EXPECT_EQ(scan("This is a letter, not an archive.").error().code, Code::kArchive);
}

TEST(BackupManifest, ComesBackFromItsOwnLines) {
  ArchiveBuilder builder;
  archive_entry_copy_uname(builder.next(), "alice");
  archive_entry_acl_add_entry(builder.next(), ARCHIVE_ENTRY_ACL_TYPE_ACCESS, 6, ARCHIVE_ENTRY_ACL_USER, 1234, "");
  archive_entry_acl_add_entry(builder.next(), ARCHIVE_ENTRY_ACL_TYPE_ACCESS, 6, ARCHIVE_ENTRY_ACL_MASK, -1, "");
  const auto manifest = scanned(builder.file("a/\xff").symlink("s", "a").special("p", AE_IFIFO).finish());
  const auto text = to_json_lines(manifest);
  const auto again = backup_manifest_from_json_lines(text);
  ASSERT_TRUE(again) << again.error().to_string();
  EXPECT_EQ(to_json_lines(again.value()), text);
  EXPECT_EQ(again.value().entries[0].acl, "a:mask::6 a:user:1234:6");
}

TEST(BackupManifest, IsRefusedWhenAnEntryEscapes) {
  auto manifest = scanned(ArchiveBuilder().file("a").finish());
  manifest.entries[0].path = "../a";
  EXPECT_EQ(backup_manifest_from_json_lines(to_json_lines(manifest)).error().code, Code::kBadInput);
}

TEST(BackupManifest, IsRefusedWhenItsCountsDisagree) {
  auto manifest = scanned(ArchiveBuilder().file("a").finish());
  manifest.entry_count = 2;
  EXPECT_EQ(backup_manifest_from_json_lines(to_json_lines(manifest)).error().code, Code::kBadInput);
}

}  // namespace
}  // namespace resus::imaging
