// What a machine says about itself before anything is known of it: SMBIOS tables, DHCP leases, the kernel's
// command line. The first byte says which.
#include <cstdlib>

#include "firmware/init/lease.hpp"
#include "hw/host_control.hpp"
#include "hw/machine.hpp"

using namespace resus;  // NOLINT: one program, one file

namespace {

void smbios(std::string_view table) {
  const auto identity = hw::parse_smbios(table);
  if (!identity) return;
  const auto& it = identity.value();
  if (!it.uuid.empty() && it.uuid.size() != 36) std::abort();
  // Nothing unprintable goes on from here, to a screen or a log.
  for (const auto* text : {&it.manufacturer, &it.product, &it.serial, &it.asset_tag, &it.bios_version}) {
    for (const char c : *text) {
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) std::abort();
    }
  }
}

/// A lease's values become arguments of ip(8).
void lease(std::string_view text) {
  const auto lease = firmware::parse_lease("eth0", text);
  if (!lease) return;
  for (const auto* address : {&lease.value().ip, &lease.value().router, &lease.value().server}) {
    if (address->find_first_not_of("0123456789.") != std::string::npos) std::abort();
  }
}

void command_line(std::string_view text) {
  const auto words = hw::parse_command_line(text);
  const auto mac = firmware::mac_of_bootif(hw::option_of(words, "BOOTIF").value_or(""));
  if (!mac.empty() && mac.size() != 17) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 3) {
    case 0: smbios(text); break;
    case 1: lease(text); break;
    default: command_line(text);
  }
  return 0;
}
