#include "hw/linux/kernel_lines.hpp"

#include <gtest/gtest.h>

namespace resus::hw {
namespace {

TEST(KernelLines, GiveFailedWritesOfThisDiskAlone) {
  const std::string log =
      "<3>[ 1.0] I/O error, dev sda, sector 2048 op 0x0:(READ) flags 0x0 phys_seg 1 prio class 2\n"
      "<3>[ 2.0] I/O error, dev sda, sector 4096 op 0x1:(WRITE) flags 0x800 phys_seg 1 prio class 2\n"
      "<3>[ 3.0] Buffer I/O error on dev sda1, logical block 5, lost async page write\n"
      "<3>[ 4.0] I/O error, dev sdab, sector 8 op 0x1:(WRITE) flags 0x0\n"
      "<3>[ 5.0] I/O error, dev nvme0n1, sector 8 op 0x1:(WRITE) flags 0x0\n"
      "<3>[ 6.0] Buffer I/O error on dev nvme0n1p2, logical block 5, lost sync page write\n"
      "<3>[ 7.0] I/O error, dev nvme0n12, sector 8 op 0x1:(WRITE) flags 0x0\n";
  EXPECT_EQ(write_error_lines(log, "sda").size(), 2U);
  EXPECT_EQ(write_error_lines(log, "nvme0n1").size(), 2U);
  EXPECT_TRUE(write_error_lines(log, "sdb").empty());
}

TEST(KernelLines, GiveHiddenAreasThatTheKernelLiftedOnThisDisk) {
  const std::string log =
      "<6>[ 1.0] ata3.00: HPA detected: current 33554432, native 40000000\n"
      "<4>[ 2.0] sda: p1 size 39999999 extends beyond EOD, enabling native capacity\n"
      "<4>[ 2.1] sdab: p1 size 39999999 extends beyond EOD, enabling native capacity\n"
      "<6>[ 3.0] ata3.00: HPA unlocked: 33554432 -> 40000000, native 40000000\n"
      "<6>[ 3.1] ata31.00: HPA unlocked: 33554432 -> 40000000, native 40000000\n"
      "<4>[ 4.0] sda: p2 size 39999999 extends beyond EOD, truncated\n";
  const auto lines = lifted_area_lines(log, "sda", "ata3");
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_NE(lines[0].find("sda: p1"), std::string::npos);
  EXPECT_NE(lines[1].find("ata3.00: HPA unlocked"), std::string::npos);
  EXPECT_EQ(lifted_area_lines(log, "sda", "").size(), 1U) << "a disk behind USB has no port of ATA";
  EXPECT_TRUE(lifted_area_lines(log, "sdb", "ata1").empty());
}

TEST(KernelLines, GiveTheSizeThatADiskHadBeforeItsHiddenAreaWasLifted) {
  const std::string unlocked = "<6>[ 3.0] ata3.00: HPA unlocked: 33554432 -> 40000000, native 40000000\n";
  EXPECT_EQ(sectors_before_lift(unlocked, "ata3", 40000000), 33554432U);
  EXPECT_EQ(sectors_before_lift(unlocked, "ata31", 40000000), 0U) << "another port's";
  EXPECT_EQ(sectors_before_lift(unlocked, "", 40000000), 0U) << "a disk behind USB has no port of ATA";
  EXPECT_EQ(sectors_before_lift(unlocked, "ata3", 39999999), 0U) << "another disk, plugged in later";
  const std::string detected = "<6>[ 1.0] ata3.00: HPA detected: current 33554432, native 40000000\n";
  EXPECT_EQ(sectors_before_lift(detected, "ata3", 33554432), 0U) << "it is still hidden";
  EXPECT_EQ(sectors_before_lift(detected, "ata3", 40000000), 33554432U) << "lifted later, for a partition table";
  EXPECT_EQ(sectors_before_lift("ata3.00: HPA unlocked: x -> y, native 40000000\nata3.00: HPA unlocked: ", "ata3", 40000000), 0U);
}

}  // namespace
}  // namespace resus::hw
