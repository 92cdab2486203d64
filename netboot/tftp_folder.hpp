#pragma once
// Boot programs where dnsmasq can read them.
#include <memory>
#include <string>

#include "hw/result.hpp"

namespace resus::netboot {

/// dnsmasq gives up root before it opens what it serves. A folder that others cannot enter (one below /root, for example) is
/// copied: its files, in a folder of its own among the temporary ones, which goes with the object. Threads: one.
class TftpFolder {
 public:
  /// Errors: kWrite, kSpace, kNotFound.
  [[nodiscard]] static hw::Result<std::unique_ptr<TftpFolder>> of(const std::string& programs);
  ~TftpFolder();
  TftpFolder(const TftpFolder&) = delete;
  TftpFolder& operator=(const TftpFolder&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  TftpFolder(std::string path, bool copied) : path_(std::move(path)), copied_(copied) {}
  const std::string path_;
  const bool copied_;
};

}  // namespace resus::netboot
