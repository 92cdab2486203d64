#include "imaging/write_block_proof.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "tests/support/fake_disk.hpp"

namespace resus::imaging {
namespace {

using hw::Code;

struct Bench {
  test::FakeDiskAccess access;
  test::FakeDisk& disk = access.add(1 << 20);
  Result<WriteBlockProof> begin() { return WriteBlockProof::begin(access, disk.identity.path); }
};

TEST(WriteBlockProof, SaysWhatWasTrueBeforeAndAfter) {
  Bench bench;
  bench.disk.foreign_sectors = 40;  // before the copy: no concern of it
  bench.disk.kernel_log = std::vector<std::string>{"an older failed write"};
  const auto proof = bench.begin();
  ASSERT_TRUE(proof) << proof.error().to_string();
  const auto said = boost::json::parse(proof.value().finish(false).value()).as_object();
  EXPECT_EQ(said.at("read_only_found"), false);
  EXPECT_EQ(said.at("read_only_before"), true);
  EXPECT_EQ(said.at("read_only_after"), true);
  EXPECT_EQ(said.at("sectors_written_before"), 40);
  EXPECT_EQ(said.at("sectors_written_after"), 40);
  EXPECT_TRUE(said.at("mounts_after").as_array().empty());
  EXPECT_TRUE(said.at("kernel_log_write_errors").as_array().empty());
}

TEST(WriteBlockProof, FailsForEverythingThatSpeaksOfAWrite) {
  const std::vector<std::function<void(test::FakeDisk&)>> accidents = {
      [](test::FakeDisk& d) { d.foreign_sectors = 8; }, [](test::FakeDisk& d) { d.mounted = {"8:1 /mnt"}; },
      [](test::FakeDisk& d) { d.write_blocked = false; },
      [](test::FakeDisk& d) { d.kernel_log->push_back("I/O error, dev sda, sector 8 op 0x1:(WRITE)"); }};
  for (const auto& accident : accidents) {
    Bench bench;
    const auto proof = bench.begin();
    ASSERT_TRUE(proof);
    accident(bench.disk);
    EXPECT_EQ(proof.value().finish(false).error().code, Code::kWriteBlock);
  }
}

TEST(WriteBlockProof, FailsForAnotherDiskUnderTheSameName) {
  Bench bench;
  const auto proof = bench.begin();
  bench.disk.identity.serial = "OTHER";
  EXPECT_EQ(proof.value().finish(false).error().code, Code::kDiskChanged);
}

TEST(WriteBlockProof, DoesNotBeginOnADiskThatIsMountedOrStaysWritable) {
  Bench mounted;
  mounted.disk.mounted = {"8:1 /mnt"};
  EXPECT_EQ(mounted.begin().error().code, Code::kWriteBlock);
  Bench writable;
  writable.disk.refuses_write_block = true;
  EXPECT_EQ(writable.begin().error().code, Code::kWriteBlock);
}

TEST(WriteBlockProof, SaysSoWhereTheKernelsLogMayNotBeRead) {
  Bench bench;
  bench.disk.kernel_log.reset();
  const auto proof = bench.begin();
  EXPECT_TRUE(boost::json::parse(proof.value().finish(false).value()).as_object().at("kernel_log_write_errors").is_null());
}

TEST(WriteBlockProof, HasNoAfterForADiskThatVanishedInTheRescue) {
  Bench bench;
  const auto proof = bench.begin();
  const auto path = bench.disk.identity.path;
  bench.disk.identity.path = "/dev/elsewhere";
  EXPECT_EQ(proof.value().finish(false).error().code, Code::kNotFound);
  const auto said = boost::json::parse(proof.value().finish(true).value()).as_object();
  EXPECT_TRUE(said.contains("after"));
  EXPECT_FALSE(said.contains("sectors_written_after"));
}

}  // namespace
}  // namespace resus::imaging
