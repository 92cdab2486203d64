#pragma once
// Boot tickets: proof that an agent was started by a boot script of this depot, and when.
#include <chrono>
#include <string>
#include <string_view>

#include "hw/clock.hpp"
#include "hw/result.hpp"

namespace resus::netboot {

/// A MAC address in the one form used as a key: "52:54:00:12:34:56". Takes ':' or '-' between the
/// bytes, either case, and iPXE's BOOTIF prefix "01-". Errors: kBadInput.
[[nodiscard]] hw::Result<std::string> canonical_mac(std::string_view text);

/// What a genuine ticket says.
struct BootTicket {
  std::string mac;  ///< canonical
  hw::UtcTime issued_at;
};

/// Issues tickets that say for which MAC and when they were issued, under a key of this depot (web/API.md).
/// Nothing is kept for them: they outlive a power cut of the depot, and made-up MACs fill neither memory nor
/// disk. That a ticket is used once is the machine's record's matter (netboot/decisions/001).
///
/// A ticket is no secret on the boot network (DHCP, TFTP and plain HTTP have none): it orders boots,
/// so that re-admission after a power cut can tell a fresh boot from a replay. Approval is what
/// authenticates a machine.
/// Threads: any.
class BootTickets {
 public:
  static constexpr std::chrono::minutes kLifetime{30};  ///< slow PCs load the image within minutes

  /// @param key  kept by the depot over restarts; who has it can make tickets
  explicit BootTickets(std::string key) : key_(std::move(key)) {}
  /// 60 hex digits, fit for a kernel command line. @pre mac is canonical.
  [[nodiscard]] std::string issue(const std::string& mac, hw::UtcTime now) const;
  /// Errors: kNotApproved: not of this depot's key, or issued more than kLifetime before or after `now`.
  [[nodiscard]] hw::Result<BootTicket> check(std::string_view ticket, hw::UtcTime now) const;

 private:
  [[nodiscard]] std::string proof(const std::string& claim) const;
  std::string key_;
};

}  // namespace resus::netboot
