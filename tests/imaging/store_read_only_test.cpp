// A store that is looked at and not touched: a copy in an investigator's hands, or beside a running depot.
#include <gtest/gtest.h>

#include "hw/linux/file_system.hpp"
#include "tests/support/store_bench.hpp"
#include "tests/support/temporary_directory.hpp"

namespace resus::imaging {
namespace {

class ReadOnlyStore : public testing::Test {
 protected:
  Result<std::unique_ptr<Store>> look() {
    auto options = bench_.options;
    options.read_only = true;
    return Store::open(bench_.files, "store", options);
  }
  test::StoreBench bench_;
  std::vector<std::byte> disk_ = test::mixed_disk(3 * kSegmentBytes, 4);
};

TEST_F(ReadOnlyStore, ShowsAndVerifiesEvidenceAndChangesNothing) {
  const auto receipt = bench_.acquire(disk_).value();
  const auto calls = bench_.files.calls();
  const auto store = look().value();
  EXPECT_EQ(store->evidence().size(), 1u);
  EXPECT_TRUE(store->verify_evidence(receipt.evidence_id, {&bench_.key.public_key(), 1}).value().ok());
  EXPECT_EQ(bench_.files.calls(), calls);
}

TEST_F(ReadOnlyStore, LeavesAnUnfinishedCopyOfTheRunningDepotAlone) {
  const auto receipt = bench_.acquire(disk_).value();
  const auto other = test::mixed_disk(2 * kSegmentBytes, 5);
  auto running = bench_.begin(other.size());
  ASSERT_TRUE(test::copy_to(*running, other));
  const auto calls = bench_.files.calls();
  EXPECT_EQ(look().value()->evidence().size(), 1u);
  EXPECT_EQ(bench_.files.calls(), calls);
  EXPECT_TRUE(running->finish(test::summary_of(other)));
  EXPECT_TRUE(bench_.verify(receipt.evidence_id).ok());
}

TEST_F(ReadOnlyStore, TakesNoEvidenceAndNoImage) {
  const auto receipt = bench_.acquire(disk_).value();
  const auto store = look().value();
  EXPECT_EQ(store->begin_evidence(kSegmentBytes, bench_.evidence_options()).error().code, hw::Code::kUsage);
  const ImageDescription description{.name = "ward", .partition_table = "none", .boot_mode = "bios", .partitions = {},
                                     .created_at = "", .tool = ""};
  EXPECT_EQ(store->import_image_from_evidence(receipt.evidence_id, description, bench_.key).error().code,
            hw::Code::kUsage);
}

TEST(ReadOnlyStoreOnDisk, IsReadWhileAnotherHoldsIt) {
  const test::TemporaryDirectory folder;
  hw::LinuxFileSystem files;
  const auto held = Store::open(files, folder.path() + "/store").value();
  EXPECT_TRUE(Store::open(files, folder.path() + "/store", {.read_only = true}));
}

TEST(ReadOnlyStoreOnDisk, IsNotMadeWhereThereIsNone) {
  const test::TemporaryDirectory folder;
  hw::LinuxFileSystem files;
  EXPECT_EQ(Store::open(files, folder.path() + "/store", {.read_only = true}).error().code, hw::Code::kNotFound);
  EXPECT_FALSE(files.exists(folder.path() + "/store").value());
}

}  // namespace
}  // namespace resus::imaging
