// The store on a real file system, and what other people's zstd says to it.
#include <gtest/gtest.h>

#include <cstdio>

#include "hw/linux/file_system.hpp"
#include "tests/support/fake_disk.hpp"
#include "tests/support/store_bench.hpp"
#include "tests/support/temporary_directory.hpp"

namespace resus::imaging {
namespace {

/// What `zstd -dc` makes of a file.
std::string unpacked(const std::string& path) {
  const auto command = "zstd -dc < '" + path + "'";
  FILE* pipe = ::popen(command.c_str(), "r");
  std::string out;
  char buffer[65536];
  for (std::size_t n = 0; (n = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;) out.append(buffer, n);
  EXPECT_EQ(::pclose(pipe), 0);
  return out;
}

TEST(StoreOnDisk, AGoldenImageUnpackedByZstdIsTheRawDisk) {
  const test::TemporaryDirectory folder;
  hw::LinuxFileSystem files;
  const auto key = SigningKey::generate().value();
  const auto store = Store::open(files, folder.path() + "/store", {.reserve_bytes = 0}).value();
  test::FakeDisk disk{.identity = {}, .bytes = test::mixed_disk(3 * kSegmentBytes + 777, 1), .durable = {}};
  disk.identity.size_bytes = disk.bytes.size();
  test::FakeDiskReader reader(disk);
  const auto image = store->import_image(reader, {.name = "ward", .partition_table = "none", .boot_mode = "bios",
                                                  .partitions = {}, .created_at = "", .tool = ""}, key).value();
  const auto raw = unpacked(folder.path() + "/store/images/" + image.id + "/image.img.zst");
  EXPECT_EQ(sha256(std::as_bytes(std::span(raw))), image.sha256);
}

TEST(StoreOnDisk, AnEvidencePackUnpackedByZstdHoldsTheBlocksInOrder) {
  const test::TemporaryDirectory folder;
  hw::LinuxFileSystem files;
  const test::FakeClock clock;
  const auto key = SigningKey::generate().value();
  const auto store = Store::open(files, folder.path() + "/store", {.reserve_bytes = 0}).value();
  const auto disk = test::random_bytes(2 * kSegmentBytes, 2);
  EvidenceOptions options;
  options.key = &key;
  options.clock = &clock;
  const auto sink = store->begin_evidence(disk.size(), options).value();
  ASSERT_TRUE(test::copy_to(*sink, disk));
  ASSERT_TRUE(sink->finish(test::summary_of(disk)));
  const auto raw = unpacked(folder.path() + "/store/packs/00000001.zst");
  EXPECT_TRUE(std::ranges::equal(std::as_bytes(std::span(raw)), disk));
}

TEST(StoreOnDisk, IsHeldByOneAtATime) {
  const test::TemporaryDirectory folder;
  hw::LinuxFileSystem files;
  auto first = Store::open(files, folder.path() + "/store").value();
  EXPECT_EQ(Store::open(files, folder.path() + "/store").error().code, hw::Code::kConflict);
  first.reset();
  EXPECT_TRUE(Store::open(files, folder.path() + "/store"));
}

}  // namespace
}  // namespace resus::imaging
