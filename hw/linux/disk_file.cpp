#include "hw/linux/disk_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "hw/linux/disk_identity.hpp"
#include "hw/linux/file_io.hpp"
#include "hw/linux/paths.hpp"

namespace resus::hw {
namespace {

// What every file system accepts for O_DIRECT on an image file; devices tell their own.
constexpr std::uint64_t kFileAlignment = 4096;
constexpr std::size_t kWindowBytes = 256 * 1024;

Result<UniqueFd> open_direct(const std::string& path, int flags, Code code, bool& direct) {
  for (const int extra : {O_DIRECT, 0}) {
    const int fd = ::open(path.c_str(), flags | extra | O_CLOEXEC | O_LARGEFILE);
    if (fd >= 0) {
      direct = extra != 0;
      return UniqueFd(fd);
    }
    if (errno == EBUSY) return fail(Code::kConflict, "open " + path + ": it is in use (mounted, or held by a program)");
    if (errno == ENXIO || errno == ENODEV || errno == ENOMEDIUM) code = Code::kDeviceGone;
    if (errno != EINVAL) break;
  }
  return failure(errno_error(code, "open " + path, errno));
}

}  // namespace

Result<DiskFile> DiskFile::open(const std::string& path, int flags, Code code) {
  bool direct = false;
  RESUS_TRY(auto fd, open_direct(path, flags, code, direct));
  RESUS_TRY(auto identity, identify_open(fd.get(), path));
  return DiskFile(std::move(fd), std::move(identity), direct);
}

bool DiskFile::fits_queue(std::uint64_t offset_bytes, const void* data, std::size_t length_bytes) const {
  if (!direct_) return true;
  const std::uint64_t sector = identity_.logical_sector_bytes;
  return (offset_bytes | length_bytes | reinterpret_cast<std::uintptr_t>(data)) % sector == 0;
}

Result<void> DiskFile::check_range(std::uint64_t offset_bytes, std::uint64_t length_bytes, Code code) const {
  const std::uint64_t size = identity_.size_bytes;
  if (offset_bytes <= size && length_bytes <= size - offset_bytes) return success();
  return fail(code, std::to_string(length_bytes) + " bytes at byte " + std::to_string(offset_bytes) + " leave " +
                        identity_.path + " of " + std::to_string(size) + " bytes");
}

int DiskFile::read_any(std::uint64_t offset_bytes, std::span<std::byte> buffer) const {
  IoBuffer window(kWindowBytes);
  while (!buffer.empty()) {
    const std::uint64_t alignment = is_device() ? identity_.logical_sector_bytes : kFileAlignment;
    const std::size_t lead = offset_bytes % alignment;
    const auto part = buffer.first(std::min(buffer.size(), kWindowBytes - lead));
    if (const int error = read_window(offset_bytes, part, window.bytes()); error != 0) return error;
    buffer = buffer.subspan(part.size());
    offset_bytes += part.size();
  }
  return 0;
}

int DiskFile::read_window(std::uint64_t offset_bytes, std::span<std::byte> part, std::span<std::byte> window) const {
  const std::uint64_t alignment = is_device() ? identity_.logical_sector_bytes : kFileAlignment;
  const std::size_t lead = offset_bytes % alignment;
  const std::size_t needed = lead + part.size();
  const std::size_t asked = (needed + alignment - 1) / alignment * alignment;
  std::size_t have = 0;
  while (have < needed) {
    // A short transfer ends at a sector, except at the end of the file, where nothing follows.
    const ssize_t n = ::pread(fd_.get(), window.data() + have, asked - have,
                              static_cast<off_t>(offset_bytes - lead + have));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno;
    if (n == 0) return EPIPE;
    have += static_cast<std::size_t>(n);
  }
  std::memcpy(part.data(), window.data() + lead, part.size());
  return 0;
}

Result<void> DiskFile::write_any(std::uint64_t offset_bytes, std::span<const std::byte> data) const {
  if (is_device()) return fail(Code::kWrite, "write " + identity_.path + ": not a multiple of its sectors");
  RESUS_TRY(auto buffered, open_file(identity_.path, O_WRONLY, Code::kWrite));
  RESUS_TRY(write_all_at(buffered.get(), offset_bytes, data, identity_.path));
  // A dirty page must not meet a later direct write of its neighbours.
  if (::fdatasync(buffered.get()) != 0) {
    return failure(errno_error(Code::kWrite, "sync " + identity_.path, errno));
  }
  return buffered.close();
}

bool DiskFile::present() const {
  if (!is_device()) return true;
  struct stat status {};
  if (::fstat(fd_.get(), &status) != 0) return false;
  const std::string device = std::string(paths::kSys) + paths::kSysDevBlock + "/" +
                             std::to_string(major(status.st_rdev)) + ":" + std::to_string(minor(status.st_rdev));
  if (::access(device.c_str(), F_OK) != 0) return false;
  const std::string state = read_attribute(device + "/device/state");
  return state != "offline" && state != "transport-offline" && state != "dead" && state != "deleting";
}

Result<ReadStatus> status_of_read(int error, bool device_present, const std::string& what) {
  switch (error) {
    case 0: return ReadStatus::kOk;
    case ENODEV:
    case ENXIO:
    case ENOMEDIUM: return ReadStatus::kDeviceGone;
    case EIO:
    case ENODATA:
    case EILSEQ:
    case EBADMSG:
    case EREMOTEIO:
    case ENOLINK: return device_present ? ReadStatus::kBadSector : ReadStatus::kDeviceGone;
    case ETIMEDOUT: return device_present ? ReadStatus::kTimeout : ReadStatus::kDeviceGone;
    case EPIPE: return fail(Code::kRead, what + ": it ends there");
    default: return failure(errno_error(Code::kRead, what, error));
  }
}

}  // namespace resus::hw
