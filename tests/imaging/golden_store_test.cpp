#include <gtest/gtest.h>

#include "imaging/store.hpp"
#include "tests/support/fake_disk.hpp"
#include "tests/support/store_bench.hpp"

namespace resus::imaging {
namespace {

using test::StoreBench;
constexpr std::size_t kDisk = 3 * kSegmentBytes + 5 * kBlockBytes + 77;

ImageDescription ward() {
  return {.name = "ward", .partition_table = "none", .boot_mode = "bios", .partitions = {},
          .created_at = "2026-11-23T11:00:00.000Z", .tool = "test"};
}

GoldenManifest import(StoreBench& bench, const std::vector<std::byte>& bytes, const ImageDescription& what = ward()) {
  test::FakeDisk disk{.identity = {}, .bytes = bytes, .durable = {}};
  disk.identity.size_bytes = bytes.size();
  test::FakeDiskReader reader(disk);
  return bench.store->import_image(reader, what, bench.key).value();
}

TEST(GoldenStore, ImportsVerifiesAndGivesBackEverySegment) {
  StoreBench bench;
  const auto bytes = test::mixed_disk(kDisk, 1);
  const auto manifest = import(bench, bytes);
  EXPECT_EQ(manifest.root, test::root_of_bytes(bytes));
  EXPECT_TRUE(bench.store->verify_image("ward", {&bench.key.public_key(), 1}).value().ok());
  for (const bool reopened : {false, true}) {
    if (reopened) bench.reopen();
    const auto source = bench.store->open_image(manifest.id).value();
    const auto nodes = source->node_table().value();
    ASSERT_EQ(nodes.size(), 4u);
    std::vector<std::byte> raw(kDisk - 3 * kSegmentBytes);
    ASSERT_TRUE(verify_segment(source->fetch(3).value(), nodes[3], raw));
    EXPECT_TRUE(std::ranges::equal(raw, std::span(bytes).subspan(3 * kSegmentBytes)));
  }
}

TEST(GoldenStore, LeavesNothingOfAnImportThatIsStopped) {
  StoreBench bench;
  test::FakeDisk disk{.identity = {}, .bytes = test::mixed_disk(kDisk, 1), .durable = {}};
  disk.identity.size_bytes = kDisk;
  test::FakeDiskReader reader(disk);
  std::stop_source stop;
  const auto stopped = bench.store->import_image(reader, ward(), bench.key, [&](const Progress&) { stop.request_stop(); }, stop.get_token());
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, hw::Code::kCancelled);
  EXPECT_TRUE(bench.store->images().empty());
  EXPECT_EQ(bench.files.list("store/images").value(), std::vector<std::string>{});
  EXPECT_EQ(import(bench, disk.bytes).name, "ward");
}

TEST(GoldenStore, AcquisitionSendsOnlyWhatTheImageDoesNotHave) {
  StoreBench bench;
  auto bytes = test::mixed_disk(kDisk, 2);
  import(bench, bytes);
  std::ranges::fill_n(bytes.begin() + 8 * kBlockBytes, kBlockBytes, std::byte{0x77});
  test::Copied copied;
  const auto receipt = bench.acquire(bytes, &copied).value();
  EXPECT_EQ(copied.blocks_sent, 1u);
  EXPECT_EQ(bench.read(receipt.evidence_id), bytes);
}

TEST(GoldenStore, ThePlanKeepsWritesAndZeroesWhatItMust) {
  StoreBench bench;
  const auto golden = test::mixed_disk(kDisk, 3);  // block 3 is zero
  const auto image = import(bench, golden);
  auto infected = golden;
  std::ranges::fill_n(infected.begin() + 3 * kBlockBytes, kBlockBytes, std::byte{0x66});
  std::ranges::fill_n(infected.begin() + 10 * kBlockBytes, 2 * kBlockBytes, std::byte{0});
  const auto receipt = bench.acquire(infected).value();
  const auto plan = bench.store->deploy_plan(receipt.evidence_id, image.id).value();
  EXPECT_EQ(plan.blocks(PlanKind::kZero), 1u);
  EXPECT_EQ(plan.blocks(PlanKind::kWrite), 1u);  // block 10 is zero in the image as well
  EXPECT_EQ(plan.planned_blocks(), block_count(kDisk));
}

TEST(GoldenStore, OneFlippedByteInTheImageDoesNotVerify) {
  StoreBench bench;
  const auto image = import(bench, test::mixed_disk(kDisk, 4));
  const auto folder = "store/images/" + image.id + "/";
  for (const auto& [file, at] : {std::pair{"image.img.zst", 5000}, {"nodes", 40}, {"manifest.json", 200}}) {
    bench.files.flip_byte(folder + file, at);
    EXPECT_FALSE(bench.store->verify_image("ward", {&bench.key.public_key(), 1}).value().ok()) << file;
    bench.files.flip_byte(folder + file, at);
  }
  EXPECT_TRUE(bench.store->verify_image("ward", {&bench.key.public_key(), 1}).value().ok());
}

TEST(GoldenStore, TheSameContentIsOneImageAndANameIsTakenOnce) {
  StoreBench bench;
  const auto first = import(bench, test::mixed_disk(kDisk, 5));
  EXPECT_EQ(import(bench, test::mixed_disk(kDisk, 5)).id, first.id);
  EXPECT_EQ(bench.store->images().size(), 1u);
  auto other = test::mixed_disk(kDisk, 6);
  test::FakeDisk disk{.identity = {}, .bytes = other, .durable = {}};
  disk.identity.size_bytes = other.size();
  test::FakeDiskReader reader(disk);
  EXPECT_EQ(bench.store->import_image(reader, ward(), bench.key).error().code, hw::Code::kConflict);
}

TEST(GoldenStore, EvidenceBecomesAnImage) {
  StoreBench bench;
  const auto bytes = test::mixed_disk(kDisk, 7);
  const auto receipt = bench.acquire(bytes).value();
  const auto image = bench.store->import_image_from_evidence(receipt.evidence_id, ward(), bench.key).value();
  EXPECT_EQ(image.root, receipt.root);
  EXPECT_EQ(image.sha256, receipt.sha256);
}

TEST(GoldenStore, ADiskWithABadSectorIsNoGoldenImage) {
  StoreBench bench;
  test::FakeDisk disk{.identity = {}, .bytes = test::mixed_disk(kDisk, 8), .durable = {}};
  disk.identity.size_bytes = kDisk;
  disk.bad_sectors = {3000};
  test::FakeDiskReader reader(disk);
  EXPECT_EQ(bench.store->import_image(reader, ward(), bench.key).error().code, hw::Code::kRead);
  EXPECT_TRUE(bench.store->images().empty());
}

}  // namespace
}  // namespace resus::imaging
