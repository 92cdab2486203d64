#pragma once
// Disks as the rest of the program sees them: identity, queued reads, queued writes.
// Image files and loop devices are disks too.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "hw/result.hpp"

namespace resus::hw {

/// What identifies a disk. Strings are empty where the device gives none.
struct DiskIdentity {
  std::string path;       ///< "/dev/sda" or the image file
  std::string model;
  std::string serial;     ///< for image files without one: "file:" + file name
  std::string wwn;
  std::string firmware;
  std::string transport;  ///< "sata", "nvme", "usb", "virtio", "loop", "file"
  std::uint64_t size_bytes = 0;
  /// What is left of size_bytes after the next power cycle: smaller while a Host Protected Area is lifted. 0: all of it.
  std::uint64_t lasting_bytes = 0;
  std::uint32_t logical_sector_bytes = 512;
  std::uint32_t physical_sector_bytes = 512;
  bool removable = false;
  bool read_only = false;
  bool rotational = false;
};

enum class ReadStatus : std::uint8_t {
  kOk,
  kBadSector,   ///< EIO, ENODATA, EILSEQ… : this range cannot be read as a whole. A result, not an Error.
  kTimeout,     ///< ETIMEDOUT: the disk did not answer in the kernel's time. Otherwise as kBadSector.
  kDeviceGone,  ///< ENODEV, ENXIO: nothing more can be read
};

struct ReadDone {
  std::uint64_t tag = 0;
  ReadStatus status = ReadStatus::kOk;
};

/// Queued reads of one disk, O_DIRECT where the file system allows it.
/// Threads: one. Ownership: a submitted buffer belongs to the reader until its ReadDone.
/// A request never runs past size_bytes. The destructor waits for what is outstanding.
/// @pre offset and length are multiples of logical_sector_bytes (the end of an image file whose size
/// is not is read correctly all the same); buffers aligned to kBufferAlignment.
class DiskReader {
 public:
  virtual ~DiskReader() = default;
  [[nodiscard]] virtual const DiskIdentity& identity() const = 0;
  /// How many submissions may be outstanding.
  [[nodiscard]] virtual std::size_t depth() const = 0;
  /// Errors: kRead if the request could not be queued. A bad sector is never an Error.
  [[nodiscard]] virtual Result<void> submit(std::uint64_t tag, std::uint64_t offset_bytes,
                                            std::span<std::byte> buffer) = 0;
  /// Waits for any one submission. @pre at least one is outstanding.
  [[nodiscard]] virtual Result<ReadDone> wait() = 0;
};

/// Queued writes of one disk. Only imaging/writable_disk.cpp obtains one (checked by
/// scripts/check-rooms). Same rules as DiskReader; a short write is completed or an Error.
class DiskWriter {
 public:
  virtual ~DiskWriter() = default;
  [[nodiscard]] virtual const DiskIdentity& identity() const = 0;
  [[nodiscard]] virtual std::size_t depth() const = 0;
  [[nodiscard]] virtual Result<void> submit(std::uint64_t tag, std::uint64_t offset_bytes,
                                            std::span<const std::byte> data) = 0;
  /// Waits for any one submission. Returns its tag. Errors: kWrite, kDeviceGone, kSpace.
  [[nodiscard]] virtual Result<std::uint64_t> wait() = 0;
  /// Makes a range read as zeros: BLKZEROOUT on devices, FALLOC_FL_PUNCH_HOLE or zero writes on files.
  /// **Destroys** the range. @pre nothing outstanding.
  [[nodiscard]] virtual Result<void> zero(std::uint64_t offset_bytes, std::uint64_t length_bytes) = 0;
  /// Reads back past the page cache (O_DIRECT, or dropped cache where the file system refuses it).
  [[nodiscard]] virtual Result<void> read_back(std::uint64_t offset_bytes,
                                               std::span<std::byte> buffer) = 0;
  /// Everything acknowledged is durable when this returns (fdatasync + device cache flush).
  [[nodiscard]] virtual Result<void> sync() = 0;
};

/// What a device answered to questions that change nothing, as it came; empty where it was not asked or did not answer.
/// hw/device_facts.hpp reads it.
struct DeviceAnswers {
  std::vector<std::byte> ata_identify, dco_identify, smart_data;    ///< 512 bytes each
  std::vector<std::byte> native_max_sense, smart_status_sense;      ///< SCSI sense data with the ATA registers
  std::vector<std::byte> nvme_controller, nvme_namespaces;          ///< 4096 bytes each
  std::vector<std::byte> nvme_health;                               ///< 512 bytes
  std::vector<std::byte> opal_discovery;                            ///< TCG Level 0 Discovery
  std::vector<std::string> lifted_area_lines;                       ///< of the kernel's log: it has lifted a Host Protected Area itself
};

/// Opens disks. The real one is hw/linux/disk_access.hpp; tests use tests/support/fake_disk.hpp.
class DiskAccess {
 public:
  virtual ~DiskAccess() = default;
  /// Every whole disk, without partitions, ram, zram and empty loop devices.
  [[nodiscard]] virtual Result<std::vector<DiskIdentity>> list() = 0;
  /// Identity of one path (block device or image file), freshly read.
  [[nodiscard]] virtual Result<DiskIdentity> identify(const std::string& path) = 0;
  [[nodiscard]] virtual Result<std::unique_ptr<DiskReader>> open_reader(const std::string& path) = 0;
  /// Lifts the write block of this one device and opens it O_RDWR|O_EXCL.
  /// **Destroys** nothing by itself. Called by imaging/writable_disk.cpp only.
  [[nodiscard]] virtual Result<std::unique_ptr<DiskWriter>> open_writer(const std::string& path) = 0;
  /// BLKROSET on the whole disk, then BLKROGET and sysfs re-read. Errors: kWriteBlock (fails closed).
  [[nodiscard]] virtual Result<void> write_block(const std::string& path) = 0;
  /// Sectors written since boot as the kernel counts them (/sys/block/*/stat), for the proof in the record.
  [[nodiscard]] virtual Result<std::uint64_t> sectors_written(const std::string& path) = 0;
  /// Asks the device behind a disk about itself. A device that does not understand a question is no Error.
  /// Errors: kRead when the disk cannot be opened.
  [[nodiscard]] virtual Result<DeviceAnswers> ask(const std::string& path) = 0;
  /// Lines of the kernel's log that speak of a failed write to this disk; nothing when the log may not be read here.
  [[nodiscard]] virtual Result<std::optional<std::vector<std::string>>> write_errors(const std::string& path) = 0;
  /// What is mounted of the disk or its partitions: "8:1 /mnt".
  [[nodiscard]] virtual Result<std::vector<std::string>> mounts(const std::string& path) = 0;
};

inline constexpr std::size_t kBufferAlignment = 4096;

/// Aligned heap buffer for DiskReader and DiskWriter.
class IoBuffer {
 public:
  IoBuffer() = default;
  explicit IoBuffer(std::size_t size_bytes);
  [[nodiscard]] std::span<std::byte> bytes() { return {data_.get(), size_}; }
  [[nodiscard]] std::span<const std::byte> bytes() const { return {data_.get(), size_}; }
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  struct Free {
    void operator()(std::byte* p) const;
  };
  std::unique_ptr<std::byte[], Free> data_;
  std::size_t size_ = 0;
};

}  // namespace resus::hw
