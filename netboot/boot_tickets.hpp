#pragma once
// Boot tickets: proof that an agent was started by a boot script of this depot, once.
#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "hw/clock.hpp"
#include "hw/result.hpp"

namespace resus::netboot {

/// A MAC address in the one form used as a key: "52:54:00:12:34:56". Takes ':' or '-' between the
/// bytes, either case, and iPXE's BOOTIF prefix "01-". Errors: kBadInput.
[[nodiscard]] hw::Result<std::string> canonical_mac(std::string_view text);

/// Issues random tickets, each bound to one MAC and good for one enrolment.
///
/// A ticket is no secret on the boot network (DHCP, TFTP and plain HTTP have none): it orders boots,
/// so that re-admission after a power cut can tell a fresh boot from a replay. Approval is what
/// authenticates a machine.
/// Errors:  redeem() says why. Threads: not thread-safe; the depot's strand owns it.
class BootTickets {
 public:
  static constexpr std::chrono::minutes kLifetime{30};  ///< slow PCs load the image within minutes
  static constexpr std::size_t kMost = 4096;            ///< the oldest go first: made-up MACs cannot fill memory

  /// A new ticket (32 hex digits); an earlier one of this MAC ends. @pre mac is canonical.
  [[nodiscard]] std::string issue(const std::string& mac, hw::UtcTime now);
  /// Ends the ticket and returns its MAC. Errors: kNotApproved (unknown, used, too old).
  [[nodiscard]] hw::Result<std::string> redeem(const std::string& ticket, hw::UtcTime now);
  /// When this MAC last fetched a boot script, used or not.
  [[nodiscard]] std::optional<hw::UtcTime> last_issued(const std::string& mac) const;

 private:
  struct Entry {
    std::string ticket;  ///< empty once used
    hw::UtcTime issued_at;
  };
  void forget_oldest();
  std::map<std::string, Entry> by_mac_;
};

}  // namespace resus::netboot
