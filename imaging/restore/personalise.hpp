#pragma once
// Makes one machine's own system out of the golden one, before its first boot.
#include <string>
#include <string_view>

#include "hw/file_tree.hpp"

namespace resus::imaging {

using hw::Result;

struct PersonaliseRequest {
  std::string hostname;             ///< RFC 1123; may have a domain
  std::string_view phone_home;      ///< bytes of a static program
  std::string phone_home_config;    ///< JSON, becomes /etc/resus/phone-home.json, mode 0600
};

/// Host name, /etc/hosts, an empty machine-id, and a service that runs
/// `/usr/local/lib/resus/phone-home --config /etc/resus/phone-home.json` until it has exited with 0 once.
/// Every file is replaced as a whole; a second run changes nothing.
///
/// @param root the mounted root file system of the restored system.
/// Errors: kUsage for a bad host name, kNotFound when the root holds no Linux with systemd (what was missing is
///         named; nothing was changed), kWrite, kSpace.
[[nodiscard]] Result<void> personalise(hw::FileTree& root, const PersonaliseRequest& request);

}  // namespace resus::imaging
