#include "hw/linux/disk_identity.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "hw/linux/disk_file.hpp"
#include "tests/support/temporary_directory.hpp"

namespace resus::hw {
namespace {

/// A sysfs as the kernel lays it out: /block holds links into /devices.
class RecordedSysfs {
 public:
  void put(const std::string& file, std::string_view content) {
    const std::filesystem::path path = directory_.file(file);
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << content;
  }
  /// A disk of 1000 sectors at a device path; `device` is what /sys/block/X/device points to.
  void add_disk(const std::string& name, const std::string& device) {
    put(device + "/block/" + name + "/size", "1000\n");
    std::filesystem::create_directory_symlink("../..", directory_.file(device + "/block/" + name + "/device"));
    std::filesystem::create_directories(directory_.file("block"));
    std::filesystem::create_directory_symlink("../" + device + "/block/" + name, directory_.file("block/" + name));
  }
  DiskIdentity identity(const std::string& name) { return sysfs_identity(directory_.path(), name).value(); }
  const std::string& path() { return directory_.path(); }

 private:
  test::TemporaryDirectory directory_;
};

TEST(DiskIdentity, ReadsASataDisk) {
  RecordedSysfs sys;
  const std::string device = "devices/pci0000:00/0000:00:1f.2/ata1/host0/target0:0:0/0:0:0:0";
  sys.add_disk("sda", device);
  sys.put(device + "/model", "WDC WD5000AAKX-6\n");
  sys.put(device + "/rev", "1H15\n");
  sys.put(device + "/wwid", "naa.50014ee2b1234567\n");
  sys.put(device + "/vpd_pg80", std::string_view("\0\x80\0\x14     WD-WCC2EXXXXXXX", 24));
  sys.put(device + "/block/sda/queue/rotational", "1\n");
  sys.put(device + "/block/sda/queue/physical_block_size", "4096\n");
  sys.put(device + "/block/sda/ro", "1\n");
  const DiskIdentity disk = sys.identity("sda");
  EXPECT_EQ(disk.path, "/dev/sda");
  EXPECT_EQ(disk.model, "WDC WD5000AAKX-6");
  EXPECT_EQ(disk.serial, "WD-WCC2EXXXXXXX");
  EXPECT_EQ(disk.wwn, "naa.50014ee2b1234567");
  EXPECT_EQ(disk.firmware, "1H15");
  EXPECT_EQ(disk.transport, "sata");
  EXPECT_EQ(disk.size_bytes, 512'000u);
  EXPECT_EQ(disk.physical_sector_bytes, 4096u);
  EXPECT_TRUE(disk.rotational && disk.read_only);
  EXPECT_FALSE(disk.removable);
}

TEST(DiskIdentity, ReadsAnNvmeDisk) {
  RecordedSysfs sys;
  const std::string device = "devices/pci0000:00/0000:00:1d.0/0000:03:00.0/nvme/nvme0";
  sys.add_disk("nvme0n1", device);
  sys.put(device + "/serial", "S4EVNX0N123456      \n");
  sys.put(device + "/firmware_rev", "2B2QEXM7\n");
  sys.put(device + "/block/nvme0n1/wwid", "eui.0025385b01234567\n");
  const DiskIdentity disk = sys.identity("nvme0n1");
  EXPECT_EQ(disk.serial, "S4EVNX0N123456");
  EXPECT_EQ(disk.firmware, "2B2QEXM7");
  EXPECT_EQ(disk.wwn, "eui.0025385b01234567");
  EXPECT_EQ(disk.transport, "nvme");
}

TEST(DiskIdentity, TakesTheSerialOfTheUsbBridgeWhenTheDiskGivesNone) {
  RecordedSysfs sys;
  const std::string usb = "devices/pci0000:00/0000:00:14.0/usb2/2-3";
  sys.add_disk("sdb", usb + "/2-3:1.0/host6/target6:0:0/6:0:0:0");
  sys.put(usb + "/idVendor", "0781\n");
  sys.put(usb + "/serial", "4C530001234567\n");
  EXPECT_EQ(sys.identity("sdb").serial, "4C530001234567");
  EXPECT_EQ(sys.identity("sdb").transport, "usb");
}

TEST(DiskIdentity, ReadsAVirtioDisk) {
  RecordedSysfs sys;
  sys.add_disk("vda", "devices/pci0000:00/0000:00:04.0/virtio1");
  sys.put("devices/pci0000:00/0000:00:04.0/virtio1/block/vda/serial", "WARD-PC-0001");
  EXPECT_EQ(sys.identity("vda").serial, "WARD-PC-0001");
  EXPECT_EQ(sys.identity("vda").transport, "virtio");
}

TEST(DiskNames, LeavesOutWhatIsNoDisk) {
  RecordedSysfs sys;
  for (const char* name : {"sda", "nvme0n1", "loop0", "loop1", "ram0", "zram0", "dm-0", "sr0", "nvme0c0n1"}) {
    sys.add_disk(name, "devices/" + std::string(name));
  }
  sys.put("devices/loop1/block/loop1/size", "0\n");
  sys.put("devices/nvme0c0n1/block/nvme0c0n1/hidden", "1\n");
  EXPECT_EQ(disk_names(sys.path()).value(), (std::vector<std::string>{"loop0", "nvme0n1", "sda"}));
}

TEST(VpdPage, IgnoresAPageOfAnotherKindAndALengthThatLies) {
  EXPECT_EQ(serial_of_vpd_page(std::string_view("\0\x83\0\x02" "AB", 6)), "");
  EXPECT_EQ(serial_of_vpd_page(std::string_view("\0\x80\xff\xff" "AB", 6)), "AB");
  EXPECT_EQ(serial_of_vpd_page(""), "");
}

TEST(DiskStat, CountsWrittenAndDiscardedSectors) {
  EXPECT_EQ(written_of_stat(" 85045 18638 11337954 64183 117337 50424 700 200228 0 29648 269175 41532 17 50 3826\n").value(), 750u);
  EXPECT_EQ(written_of_stat("1 2 3 4 5 6 7 8 9 10 11").value(), 7u);
  EXPECT_EQ(written_of_stat("1 2 3").error().code, Code::kBadInput);
}

TEST(MountInfo, KnowsAMountedPartition) {
  const std::string text = "22 1 8:2 / / rw,relatime - ext4 /dev/sda2 rw\n23 22 0:21 / /proc rw - proc proc rw\n";
  EXPECT_TRUE(is_mounted(text, {"8:0", "8:1", "8:2"}));
  EXPECT_FALSE(is_mounted(text, {"8:16", "8:17"}));
}

TEST(MountInfo, SaysWhatIsMountedWhere) {
  const std::string text = "22 1 8:2 / / rw,relatime - ext4 /dev/sda2 rw\n23 22 8:3 / /home rw - ext4 /dev/sda3 rw\n";
  EXPECT_EQ(mounts_of(text, {"8:0", "8:3"}), (std::vector<std::string>{"8:3 /home"}));
}

TEST(ReadErrors, TellABadSectorFromALostDeviceAndFromABug) {
  for (const int medium : {EIO, ENODATA, EILSEQ, EBADMSG, EREMOTEIO}) {
    EXPECT_EQ(status_of_read(medium, true, "x").value(), ReadStatus::kBadSector) << medium;
    EXPECT_EQ(status_of_read(medium, false, "x").value(), ReadStatus::kDeviceGone) << medium;
  }
  EXPECT_EQ(status_of_read(ETIMEDOUT, true, "x").value(), ReadStatus::kTimeout);
  EXPECT_EQ(status_of_read(ETIMEDOUT, false, "x").value(), ReadStatus::kDeviceGone);
  EXPECT_EQ(status_of_read(ENODEV, true, "x").value(), ReadStatus::kDeviceGone);
  EXPECT_EQ(status_of_read(ENXIO, true, "x").value(), ReadStatus::kDeviceGone);
  EXPECT_EQ(status_of_read(EINVAL, true, "x").error().code, Code::kRead);
}

}  // namespace
}  // namespace resus::hw
