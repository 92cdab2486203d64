#include "hw/linux/disk_identity.hpp"

#include <fcntl.h>
#include <linux/fs.h>
#include <linux/hdreg.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <sstream>

#include "hw/linux/file_io.hpp"
#include "hw/linux/file_system.hpp"
#include "hw/linux/kernel_lines.hpp"
#include "hw/linux/paths.hpp"

namespace resus::hw {
namespace {

// dm and md lie on top of disks; ram and zram are memory; fd and sr have removable media of other kinds.
constexpr std::array<std::string_view, 8> kNoDisks = {"ram", "zram", "dm-", "md", "fd", "sr", "mtdblock", "nbd"};

std::string trimmed(std::string_view text) {
  const std::string_view blank(" \t\r\n\0", 5);
  const auto first = text.find_first_not_of(blank);
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(blank) - first + 1));
}

std::uint64_t number(const std::string& text, std::uint64_t otherwise) {
  std::uint64_t value = otherwise;
  (void)std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::string real_path(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::canonical(path, ignored).string();
}

std::string transport_of(const std::string& name, const std::string& device) {
  const auto has = [&](std::string_view part) { return device.find(part) != std::string::npos; };
  if (name.starts_with("loop")) return "loop";
  if (name.starts_with("nvme")) return "nvme";
  if (name.starts_with("vd")) return "virtio";
  if (name.starts_with("mmcblk")) return "mmc";
  if (name.starts_with("xvd")) return "xen";
  if (has("/usb")) return "usb";
  if (has("/ata")) return "sata";
  if (has("/VMBUS:") || has("/vmbus")) return "hyperv";
  if (has("/virtio")) return "virtio";
  return "scsi";
}

/// The serial of the USB device a disk hangs on; bridges often hide the disk's own.
std::string usb_serial(std::string device) {
  for (; device.size() > 1; device = std::filesystem::path(device).parent_path().string()) {
    if (::access((device + "/idVendor").c_str(), F_OK) == 0) return read_attribute(device + "/serial");
  }
  return {};
}

std::string serial_of(const std::string& block, const std::string& device) {
  for (const char* attribute : {"/serial", "/device/serial"}) {
    if (auto serial = read_attribute(block + attribute); !serial.empty()) return serial;
  }
  if (auto page = read_text(block + "/device/vpd_pg80")) {
    if (auto serial = serial_of_vpd_page(page.value()); !serial.empty()) return serial;
  }
  return usb_serial(device);
}

std::string first_of(const std::string& block, std::initializer_list<const char*> attributes) {
  for (const char* attribute : attributes) {
    if (auto value = read_attribute(block + attribute); !value.empty()) return value;
  }
  return {};
}

void describe_loop(const std::string& block, DiskIdentity& identity) {
  const std::string file = read_attribute(block + "/loop/backing_file");
  identity.model = "Loop device on " + file;
  identity.serial = "loop:" + std::filesystem::path(file).filename().string();
}

/// SCSI's model field holds 16 characters; the drive's own answer holds 40. The kernel answers from
/// what it asked at start, no command goes to the drive.
void ask_ata(int fd, DiskIdentity& identity) {
  hd_driveid id{};
  if (::ioctl(fd, HDIO_GET_IDENTITY, &id) != 0) return;
  const auto text = [](const unsigned char* field, std::size_t size) {
    return trimmed({reinterpret_cast<const char*>(field), size});
  };
  if (auto model = text(id.model, sizeof id.model); !model.empty()) identity.model = model;
  if (auto firmware = text(id.fw_rev, sizeof id.fw_rev); !firmware.empty()) identity.firmware = firmware;
  if (identity.serial.empty()) identity.serial = text(id.serial_no, sizeof id.serial_no);
}

Result<void> ask_sizes(int fd, DiskIdentity& identity) {
  std::uint64_t size = 0;
  int logical = 0;
  unsigned physical = 0;
  int read_only = 0;
  if (::ioctl(fd, BLKGETSIZE64, &size) != 0 || ::ioctl(fd, BLKSSZGET, &logical) != 0 ||
      ::ioctl(fd, BLKPBSZGET, &physical) != 0 || ::ioctl(fd, BLKROGET, &read_only) != 0) {
    return failure(errno_error(Code::kRead, "ask " + identity.path + " for its size", errno));
  }
  identity.size_bytes = size;
  identity.logical_sector_bytes = static_cast<std::uint32_t>(logical);
  identity.physical_sector_bytes = physical;
  identity.read_only = read_only != 0;
  return success();
}

std::uint64_t lasting_bytes(const DiskIdentity& identity, const std::string& name) {
  const auto log = kernel_log_text();
  if (!log) return 0;
  const auto sectors = identity.size_bytes / identity.logical_sector_bytes;
  return sectors_before_lift(*log, ata_port(paths::kSys, name), sectors) * identity.logical_sector_bytes;
}

DiskIdentity image_file(const std::string& path, std::uint64_t size_bytes) {
  DiskIdentity identity;
  identity.path = path;
  identity.model = "Image file";
  identity.serial = "file:" + std::filesystem::path(path).filename().string();
  identity.transport = "file";
  identity.size_bytes = size_bytes;
  identity.read_only = ::access(path.c_str(), W_OK) != 0;
  return identity;
}

}  // namespace

Result<std::vector<std::string>> disk_names(const std::string& sys_root) {
  const std::string block = sys_root + paths::kSysBlock;
  RESUS_TRY(auto names, LinuxFileSystem().list(block));
  std::erase_if(names, [&](const std::string& name) {
    return std::ranges::any_of(kNoDisks, [&](auto prefix) { return name.starts_with(prefix); }) ||
           number(read_attribute(block + "/" + name + "/size"), 0) == 0 ||
           read_attribute(block + "/" + name + "/hidden") == "1";  // a path of an NVMe multipath disk
  });
  return names;
}

Result<DiskIdentity> sysfs_identity(const std::string& sys_root, const std::string& name) {
  const std::string block = sys_root + paths::kSysBlock + "/" + name;
  if (::access(block.c_str(), F_OK) != 0) return fail(Code::kNotFound, "disk " + name);
  const std::string device = real_path(block);
  DiskIdentity identity;
  identity.path = std::string(paths::kDev) + "/" + name;
  identity.model = first_of(block, {"/device/model", "/device/name"});
  identity.serial = serial_of(block, device);
  identity.wwn = first_of(block, {"/wwid", "/device/wwid"});
  identity.firmware = first_of(block, {"/device/firmware_rev", "/device/rev", "/device/fwrev"});
  identity.transport = transport_of(name, device);
  identity.size_bytes = number(read_attribute(block + "/size"), 0) * 512;  // always of 512 bytes in sysfs
  identity.logical_sector_bytes =
      static_cast<std::uint32_t>(number(read_attribute(block + "/queue/logical_block_size"), 512));
  identity.physical_sector_bytes =
      static_cast<std::uint32_t>(number(read_attribute(block + "/queue/physical_block_size"), 512));
  identity.removable = read_attribute(block + "/removable") == "1";
  identity.read_only = read_attribute(block + "/ro") == "1";
  identity.rotational = read_attribute(block + "/queue/rotational") == "1";
  if (identity.transport == "loop") describe_loop(block, identity);
  return identity;
}

Result<std::string> sysfs_name(int fd, const std::string& path) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return failure(errno_error(Code::kRead, "stat " + path, errno));
  if (!S_ISBLK(status.st_mode)) return fail(Code::kUsage, path + " is not a disk");
  const std::string link = std::string(paths::kSys) + paths::kSysDevBlock + "/" +
                           std::to_string(major(status.st_rdev)) + ":" + std::to_string(minor(status.st_rdev));
  const std::string real = real_path(link);
  if (real.empty()) return fail(Code::kDeviceGone, path + " is not known to the kernel");
  if (::access((real + "/partition").c_str(), F_OK) == 0) {
    return fail(Code::kUsage, path + " is a partition; the whole disk is needed");
  }
  return std::filesystem::path(real).filename().string();
}

Result<DiskIdentity> identify_open(int fd, const std::string& path) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return failure(errno_error(Code::kRead, "stat " + path, errno));
  if (S_ISREG(status.st_mode)) return image_file(path, static_cast<std::uint64_t>(status.st_size));
  RESUS_TRY(auto name, sysfs_name(fd, path));
  RESUS_TRY(auto identity, sysfs_identity(paths::kSys, name));
  identity.path = path;
  if (identity.transport == "sata") ask_ata(fd, identity);
  RESUS_TRY(ask_sizes(fd, identity));
  if (identity.transport == "sata") identity.lasting_bytes = lasting_bytes(identity, name);
  return identity;
}

std::string serial_of_vpd_page(std::string_view page) {
  if (page.size() < 4 || static_cast<unsigned char>(page[1]) != 0x80) return {};
  const std::size_t length = static_cast<unsigned char>(page[2]) * 256u + static_cast<unsigned char>(page[3]);
  return trimmed(page.substr(4, length));
}

Result<std::uint64_t> written_of_stat(std::string_view line) {
  std::istringstream words{std::string(line)};
  std::vector<std::uint64_t> fields;
  for (std::uint64_t value = 0; words >> value;) fields.push_back(value);
  if (fields.size() < 7) return fail(Code::kBadInput, "disk statistics have too few fields");
  return fields[6] + (fields.size() >= 14 ? fields[13] : 0);
}

std::vector<std::string> mounts_of(std::string_view mountinfo, const std::vector<std::string>& devices) {
  std::vector<std::string> found;
  std::istringstream lines{std::string(mountinfo)};
  std::string line;
  while (std::getline(lines, line)) {
    std::istringstream words(line);
    std::string mount_id, parent_id, device, root, where;
    if (!(words >> mount_id >> parent_id >> device >> root >> where)) continue;
    if (std::ranges::find(devices, device) != devices.end()) found.push_back(device + " " + where);
  }
  return found;
}

bool is_mounted(std::string_view mountinfo, const std::vector<std::string>& devices) {
  return !mounts_of(mountinfo, devices).empty();
}

std::string ata_port(const std::string& sys_root, const std::string& name) {
  for (const auto& part : std::filesystem::path(real_path(sys_root + paths::kSysBlock + "/" + name + "/device"))) {
    const auto word = part.string();
    if (word.starts_with("ata") && word.size() > 3 && word.find_first_not_of("0123456789", 3) == std::string::npos) return word;
  }
  return {};
}

Result<std::vector<std::string>> device_numbers(const std::string& sys_root, const std::string& name) {
  const std::string block = sys_root + paths::kSysBlock + "/" + name;
  RESUS_TRY(auto entries, LinuxFileSystem().list(block));
  std::vector<std::string> numbers{read_attribute(block + "/dev")};
  for (const auto& entry : entries) {
    if (::access((block + "/" + entry + "/partition").c_str(), F_OK) == 0) {
      numbers.push_back(read_attribute(block + "/" + entry + "/dev"));
    }
  }
  return numbers;
}

}  // namespace resus::hw
