#include "hw/linux/partition_probe.hpp"

#include <blkid/blkid.h>
#include <fcntl.h>

#include <cerrno>
#include <memory>

#include "hw/fd.hpp"

namespace resus::hw {

Result<std::string> BlkidProbe::file_system(const std::string& path, std::uint64_t offset_bytes,
                                            std::uint64_t length_bytes) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return failure(errno_error(Code::kRead, "open " + path, errno));
  const std::unique_ptr<std::remove_pointer_t<blkid_probe>, decltype(&blkid_free_probe)> probe(
      blkid_new_probe(), &blkid_free_probe);
  if (!probe || blkid_probe_set_device(probe.get(), fd.get(), static_cast<blkid_loff_t>(offset_bytes),
                                       static_cast<blkid_loff_t>(length_bytes)) != 0)
    return fail(Code::kRead, "probe " + path + " at byte " + std::to_string(offset_bytes));
  blkid_probe_enable_superblocks(probe.get(), 1);
  blkid_probe_set_superblocks_flags(probe.get(), BLKID_SUBLKS_TYPE);
  if (blkid_do_safeprobe(probe.get()) != 0) return std::string();
  const char* type = nullptr;
  if (blkid_probe_lookup_value(probe.get(), "TYPE", &type, nullptr) != 0) return std::string();
  return std::string(type);
}

}  // namespace resus::hw
