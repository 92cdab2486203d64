// What leaves a store: compared block by block, and hashed as a whole in the same pass.
#include "web/cli/raw_output.hpp"

#include <gtest/gtest.h>

#include <sstream>

#include "hw/linux/clock.hpp"
#include "hw/linux/disk_access.hpp"
#include "hw/linux/file_system.hpp"
#include "hw/linux/partition_probe.hpp"
#include "tests/support/collecting_sink.hpp"
#include "tests/support/disk_content.hpp"
#include "web/cli/output.hpp"

namespace resus::web {
namespace {

using imaging::BlockId;
using imaging::kBlockBytes;

class HashedOutputTest : public testing::Test {
 protected:
  static constexpr std::size_t kBytes = 70 * kBlockBytes + 100;
  HashedOutputTest() { imaging::block_ids(content_, ids_); }

  hw::LinuxDiskAccess disks_;
  hw::LinuxFileSystem files_;
  hw::BlkidProbe partitions_;
  hw::SystemClock clock_;
  std::ostringstream out_, err_;
  Output output_{out_, err_, true, false};
  Environment environment_{disks_, files_, partitions_, clock_, out_, output_};
  ProgressLine line_{environment_, "exporting"};
  std::stop_source stop_;
  const std::vector<std::byte> content_ = test::mixed_disk(kBytes, 3);
  std::vector<BlockId> ids_ = std::vector<BlockId>(71);
  test::CollectingSink sink_;
  HashedOutput hashed_{sink_, line_, kBytes, stop_.get_token()};
};

TEST_F(HashedOutputTest, HashesBlocksAndBytesAlike) {
  const auto all = std::span(content_);
  ASSERT_TRUE(hashed_.write_blocks(all.first(64 * kBlockBytes), std::span(ids_).first(64)));
  ASSERT_TRUE(hashed_.write(all.subspan(64 * kBlockBytes, kBlockBytes)));
  ASSERT_TRUE(hashed_.write_blocks(all.subspan(65 * kBlockBytes), std::span(ids_).subspan(65)));
  EXPECT_TRUE(hashed_.finish(imaging::sha256(content_)));
  EXPECT_EQ(sink_.bytes, content_);
}

TEST_F(HashedOutputTest, PassesNoBlockOnThatIsNotItsId) {
  ids_[40].bytes[7] ^= 1;
  EXPECT_EQ(hashed_.write_blocks(content_, ids_).error().code, hw::Code::kEvidenceDamaged);
  EXPECT_TRUE(sink_.bytes.empty());
}

TEST_F(HashedOutputTest, TakesNothingForWholeThatHasAnotherHash) {
  ASSERT_TRUE(hashed_.write_blocks(content_, ids_));
  EXPECT_EQ(hashed_.finish(imaging::Digest{}).error().code, hw::Code::kEvidenceDamaged);
}

TEST_F(HashedOutputTest, StopsWhenItIsAskedTo) {
  stop_.request_stop();
  EXPECT_EQ(hashed_.write_blocks(content_, ids_).error().code, hw::Code::kCancelled);
  EXPECT_TRUE(sink_.bytes.empty());
}

}  // namespace
}  // namespace resus::web
