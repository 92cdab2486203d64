// What only a real kernel can show: the write block, partitions, exclusive opening. On loop devices.
#include <gtest/gtest.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <fstream>

#include "hw/linux/disk_access.hpp"
#include "hw/linux/host_control.hpp"
#include "hw/linux/processes.hpp"
#include "tests/support/fake_processes.hpp"
#include "tests/support/loop_device.hpp"
#include "tests/support/temporary_directory.hpp"

namespace resus::hw {
namespace {

class OnLoopDevice : public testing::Test {
 protected:
  void SetUp() override {
    image_ = directory_.file("disk.img");
    std::ofstream(image_).close();
    std::filesystem::resize_file(image_, 16 << 20);
    loop_ = test::LoopDevice::attach(image_);
    if (!loop_) GTEST_SKIP() << "no loop device to be had";
  }
  void make_ext4() {
    ASSERT_EQ(LinuxProcesses().run({.argv = {"/sbin/mke2fs", "-q", "-t", "ext4", image_}}).value().exit_status, 0);
  }
  bool can_write() {
    const UniqueFd fd(::open(path().c_str(), O_RDWR | O_CLOEXEC));
    return fd.valid() && ::pwrite(fd.get(), "x", 1, 0) == 1;
  }
  std::string path() { return loop_->path(); }

  test::TemporaryDirectory directory_;
  std::string image_;
  std::optional<test::LoopDevice> loop_;
  LinuxDiskAccess disks_;
  test::FakeProcesses processes_;
  LinuxHostControl host_{processes_};
};

TEST_F(OnLoopDevice, NamesTheBackingFileAndIsListed) {
  const auto identity = disks_.identify(path()).value();
  EXPECT_EQ(identity.serial, "loop:disk.img");
  EXPECT_EQ(identity.model, "Loop device on " + image_);
  EXPECT_EQ(identity.transport, "loop");
  EXPECT_EQ(identity.size_bytes, 16u << 20);
  const auto listed = disks_.list().value();
  EXPECT_TRUE(std::ranges::any_of(listed, [&](const auto& disk) { return disk.path == path(); }));
}

TEST_F(OnLoopDevice, CannotBeWrittenByAnybodyBehindTheWriteBlock) {
  ASSERT_TRUE(can_write());
  ASSERT_TRUE(disks_.write_block(path()));
  EXPECT_FALSE(can_write());
  EXPECT_TRUE(disks_.identify(path()).value().read_only);
  const auto counted = disks_.sectors_written(path()).value();
  const UniqueFd fd(::open(path().c_str(), O_RDONLY | O_CLOEXEC));
  std::uint64_t range[2] = {0, 4096};
  EXPECT_NE(::ioctl(fd.get(), BLKZEROOUT, range), 0);
  EXPECT_NE(::ioctl(fd.get(), BLKDISCARD, range), 0);
  EXPECT_EQ(disks_.sectors_written(path()).value(), counted);
}

TEST_F(OnLoopDevice, LiftsTheWriteBlockForTheWriterOnly) {
  ASSERT_TRUE(disks_.write_block(path()));
  EXPECT_TRUE(disks_.open_reader(path()));
  EXPECT_FALSE(can_write());
  EXPECT_TRUE(disks_.open_writer(path()));
  EXPECT_FALSE(disks_.identify(path()).value().read_only);
}

TEST_F(OnLoopDevice, CountsWhatIsWritten) {
  const auto before = disks_.sectors_written(path()).value();
  auto writer = disks_.open_writer(path()).value();
  IoBuffer data(8192);
  ASSERT_TRUE(writer->submit(1, 0, data.bytes()));
  ASSERT_TRUE(writer->wait());
  EXPECT_EQ(disks_.sectors_written(path()).value() - before, 16u);
}

TEST_F(OnLoopDevice, RefusesASecondWriterAndBlocksAgainAfterTheRefusal) {
  const UniqueFd holder(::open(path().c_str(), O_RDWR | O_EXCL | O_CLOEXEC));
  ASSERT_TRUE(disks_.write_block(path()));
  EXPECT_EQ(disks_.open_writer(path()).error().code, Code::kConflict);
  EXPECT_TRUE(disks_.identify(path()).value().read_only);
}

TEST_F(OnLoopDevice, RefusesTheWriteBlockWhileMountedAndLeavesTheMountAlone) {
  make_ext4();
  const std::string target = directory_.file("mnt");
  ASSERT_TRUE(host_.mount({.source = path(), .target = target, .file_system = "ext4"}));
  EXPECT_EQ(disks_.write_block(path()).error().code, Code::kWriteBlock);
  EXPECT_EQ(disks_.open_writer(path()).error().code, Code::kConflict);
  std::ofstream(target + "/still-writable") << "yes";
  EXPECT_TRUE(std::filesystem::exists(target + "/still-writable"));
  EXPECT_TRUE(host_.unmount(target));
  EXPECT_TRUE(disks_.write_block(path()));
}

TEST_F(OnLoopDevice, MountsDataWithoutRightsAndSaysWhenItIsInUse) {
  make_ext4();
  const std::string target = directory_.file("mnt");
  ASSERT_TRUE(host_.mount({.source = path(), .target = target, .file_system = "ext4"}));
  {
    const UniqueFd user(::open(target.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    EXPECT_EQ(host_.unmount(target).error().code, Code::kConflict);
    std::ofstream(target + "/program") << "#!/bin/sh\n";
    ::chmod((target + "/program").c_str(), 0755);
    EXPECT_FALSE(LinuxProcesses().run({.argv = {target + "/program"}}));
  }
  EXPECT_TRUE(host_.unmount(target));
  EXPECT_FALSE(host_.mount({.source = path(), .target = target, .file_system = "xfs"}));
}

TEST_F(OnLoopDevice, AddsAPartitionOnceAndRefusesAnOverlap) {
  const auto added = host_.add_partition(path(), 2, 1 << 20, 4 << 20).value();
  EXPECT_EQ(added.path, path() + "p2");
  EXPECT_EQ(added.offset_bytes, 1u << 20);
  EXPECT_EQ(added.length_bytes, 4u << 20);
  EXPECT_EQ(::access(added.path.c_str(), R_OK), 0);
  EXPECT_TRUE(host_.add_partition(path(), 2, 1 << 20, 4 << 20));
  EXPECT_EQ(host_.add_partition(path(), 3, 2 << 20, 4 << 20).error().code, Code::kConflict);
  EXPECT_EQ(disks_.identify(added.path).error().code, Code::kUsage);
  EXPECT_EQ(disks_.open_writer(added.path).error().code, Code::kUsage);
}

TEST_F(OnLoopDevice, BlocksItsPartitionsWithTheWholeDisk) {
  const auto added = host_.add_partition(path(), 1, 1 << 20, 4 << 20).value();
  ASSERT_TRUE(disks_.write_block(path()));
  const UniqueFd fd(::open(added.path.c_str(), O_RDWR | O_CLOEXEC));
  EXPECT_FALSE(fd.valid() && ::pwrite(fd.get(), "x", 1, 0) == 1);
}

TEST_F(OnLoopDevice, RereadsATableWithoutPartitions) {
  ASSERT_TRUE(host_.add_partition(path(), 1, 1 << 20, 4 << 20));
  EXPECT_EQ(host_.reread_partitions(path()).value().size(), 0u);
}

}  // namespace
}  // namespace resus::hw
