#pragma once
// The archive format of Linux boot images, written only.
#include <string>
#include <vector>

namespace resus::netboot {

struct CpioFile {
  std::string path;     ///< without leading '/', its directories are added
  std::string content;
  unsigned mode = 0644; ///< permission bits
};

/// An uncompressed archive that the kernel unpacks over what came before it. The same files give the same bytes.
/// Source: Linux Documentation/driver-api/early-userspace/buffer-format.rst ("newc").
/// @pre it is appended at a multiple of four bytes.
[[nodiscard]] std::string cpio_archive(const std::vector<CpioFile>& files);

}  // namespace resus::netboot
