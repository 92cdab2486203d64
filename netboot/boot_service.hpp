#pragma once
// What the depot's plain-HTTP port answers. Transport-free: the web room calls answer().
#include <functional>
#include <string>

#include "hw/clock.hpp"
#include "netboot/boot_files.hpp"
#include "netboot/boot_policy.hpp"
#include "netboot/boot_tickets.hpp"

namespace resus::netboot {

/// Who asks, as iPXE says. Untrusted, but well-formed.
struct BootClient {
  std::string mac;       ///< canonical
  std::string uuid;      ///< SMBIOS, lower case; may be empty
  std::string platform;  ///< "pcbios" or "efi"; may be empty
  std::string address;   ///< peer address as the transport sees it
};

struct BootAnswer {
  int status = 200;          ///< 200, 400, 404
  std::string content_type;  ///< "text/plain; charset=utf-8" or "application/octet-stream"
  SharedBytes body;          ///< never null
};

/// Answers /boot.ipxe and the boot files, GET and HEAD alike (the caller drops a HEAD's body).
/// Threads: not thread-safe; the depot's strand owns it. Bodies may be read from any thread.
class BootService {
 public:
  using Lookup = std::function<BootFacts(const BootClient&)>;
  /// Told of every boot script given out, for the custody log and the dashboard.
  using Observer = std::function<void(const BootClient&, BootChoice)>;

  /// @param kernel_extra  more kernel parameters, may be empty
  BootService(BootFiles files, const BootTickets& tickets, Lookup lookup, Observer observer, std::string kernel_extra = {});

  /// @param path   "/boot.ipxe", "/vmlinuz", "/initrd.img", "/snponly.efi" …, percent-decoded or not
  /// @param query  without '?': "mac=52:54:00:12:34:56&uuid=…&platform=efi", still percent-encoded
  [[nodiscard]] BootAnswer answer(const std::string& path, const std::string& query,
                                  const std::string& client_address, hw::UtcTime now);

 private:
  [[nodiscard]] BootAnswer script(const std::string& query, const std::string& client_address, hw::UtcTime now);
  BootFiles files_;
  const BootTickets& tickets_;
  Lookup lookup_;
  Observer observer_;
  std::string kernel_extra_;
};

}  // namespace resus::netboot
