#include "firmware/agent/disk_choice.hpp"

#include <gtest/gtest.h>

namespace resus::agent {
namespace {

const hw::DiskIdentity kFixed{.path = "/dev/sda", .serial = "S1", .transport = "sata", .size_bytes = 100};
const hw::DiskIdentity kOther{.path = "/dev/sdb", .serial = "S2", .transport = "sata", .size_bytes = 100};
const hw::DiskIdentity kStick{.path = "/dev/sdc", .serial = "S3", .transport = "usb", .size_bytes = 100};
const hw::DiskIdentity kEmptyReader{.path = "/dev/sdd", .serial = "S4", .transport = "sata", .size_bytes = 0};

TEST(DiskChoice, TakesTheOnlyFixedDisk) {
  EXPECT_EQ(choose_disk({kStick, kFixed, kEmptyReader}, {}).value().path, "/dev/sda");
}

TEST(DiskChoice, RefusesToGuessBetweenTwo) {
  EXPECT_EQ(choose_disk({kFixed, kOther}, {}).error().code, hw::Code::kManyDisks);
  EXPECT_EQ(choose_disk({kFixed, kOther}, {.serial = "S2"}).value().path, "/dev/sdb");
}

TEST(DiskChoice, FindsTheBoundDiskUnderAnotherName) {
  auto moved = kFixed;
  moved.path = "/dev/sdz";
  EXPECT_EQ(choose_disk({kOther, moved}, {.path = "/dev/sda", .serial = "S1", .size_bytes = 100}).value().path, "/dev/sdz");
}

TEST(DiskChoice, ABoundDiskThatChangedIsNotReplacedByAnother) {
  EXPECT_EQ(choose_disk({kOther}, {.serial = "S1"}).error().code, hw::Code::kDiskChanged);
  EXPECT_EQ(choose_disk({kFixed}, {.serial = "S1", .size_bytes = 99}).error().code, hw::Code::kDiskChanged);
  EXPECT_EQ(choose_disk({kFixed, kFixed}, {.serial = "S1"}).error().code, hw::Code::kManyDisks);
}

TEST(DiskChoice, SaysSoWhenThereIsNone) { EXPECT_EQ(choose_disk({kStick}, {}).error().code, hw::Code::kNotFound); }

}  // namespace
}  // namespace resus::agent
