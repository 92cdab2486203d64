#pragma once
// The files a machine boots from, read once at start and kept in memory for hundreds of readers.
#include <map>
#include <memory>
#include <string>

#include "hw/file_system.hpp"
#include "hw/result.hpp"

namespace resus::netboot {

/// What the depot bakes into the boot image: appended as a small cpio, so the base image stays as built.
struct ImageConfig {
  std::string agent_json;  ///< becomes /etc/resus/agent.json
};

using SharedBytes = std::shared_ptr<const std::string>;

/// By served name: vmlinuz, initrd.img, undionly.kpxe, snponly.efi and, where present, ipxe.efi, ipxe.pxe.
class BootFiles {
 public:
  /// @param image_directory  output of firmware/image/build: vmlinuz, initrd.img
  /// @param ipxe_directory   output of firmware/image/fetch-ipxe; also the TFTP root
  /// Errors: kNotFound naming the missing file; kBadInput when one is unreasonably large.
  [[nodiscard]] static hw::Result<BootFiles> load(hw::FileSystem& files, const std::string& image_directory,
                                                  const std::string& ipxe_directory, const ImageConfig& config);
  /// nullptr when there is no such file.
  [[nodiscard]] SharedBytes find(const std::string& name) const;

 private:
  std::map<std::string, SharedBytes> by_name_;
};

}  // namespace resus::netboot
