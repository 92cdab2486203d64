#pragma once
// What DHCP servers answered, as firmware/image/udhcpc-script wrote it down. Pure.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hw/machine.hpp"
#include "hw/result.hpp"

namespace resus::firmware {

struct Lease {
  std::string link;    ///< "eth0"
  std::string ip;      ///< "10.77.0.130"
  int prefix_bits = 24;
  std::string router;  ///< may be empty
  std::string server;
  bool operator==(const Lease&) const = default;
};

/// Lines "key=value". Errors: kBadInput when an address is none: the values come from the network and go to ip(8).
[[nodiscard]] hw::Result<Lease> parse_lease(const std::string& link, std::string_view text);

/// The lease to use: that of the card the firmware booted from, or, when it gives none in time, the first.
/// @param boot_mac  from BOOTIF, canonical "52:54:00:12:34:56"; may be empty
/// @param waited    true when the boot card has had its time
[[nodiscard]] std::optional<Lease> choose_lease(const std::vector<Lease>& leases,
                                                const std::vector<hw::NetworkLink>& links, std::string_view boot_mac,
                                                bool waited);

/// "01-52-54-00-12-34-56" as the kernel command line has it, to "52:54:00:12:34:56"; empty when it is none.
[[nodiscard]] std::string mac_of_bootif(std::string_view bootif);

}  // namespace resus::firmware
